//! Texts with places for values.

use serde_json::json;

use crate::scenario::kinds::Text;

/// The text of a template.
pub(super) const TEMPLATE: Text = Text {
    check: |text| template_parts(text).map(drop),
    limits: "a text with `{name}` in it",
    schema: || json!({}),
};

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TemplatePart {
    Text(String),
    /// The name of the value that stands here.
    Name(String),
}

/// The parts of a template.
///
/// # Errors
/// A brace that is not closed, or closes nothing.
pub(crate) fn template_parts(template: &str) -> Result<Vec<TemplatePart>, String> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        text.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            text.push_str(brace);
            rest = after;
        } else if brace == "}" {
            return Err("a `}` that closes nothing: write `}}` for a brace".to_owned());
        } else {
            let Some((name, after)) = rest.split_once('}') else {
                return Err("a `{` is never closed: write `{{` for a brace".to_owned());
            };
            if !text.is_empty() {
                parts.push(TemplatePart::Text(std::mem::take(&mut text)));
            }
            parts.push(TemplatePart::Name(name.trim().to_owned()));
            rest = after;
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(TemplatePart::Text(text));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_taken_apart() {
        let text = |text: &str| TemplatePart::Text(text.to_owned());
        let name = |name: &str| TemplatePart::Name(name.to_owned());
        for (template, parts) in [
            ("", vec![]),
            ("a", vec![text("a")]),
            ("{a}", vec![name("a")]),
            ("x {a}{ b }}} y", vec![text("x "), name("a"), name("b"), text("} y")]),
            ("{{a}}{b}", vec![text("{a}"), name("b")]),
        ] {
            assert_eq!(template_parts(template), Ok(parts), "{template}");
        }
        for wrong in ["{a", "a}", "{{a}", "{a}}"] {
            assert!(template_parts(wrong).is_err(), "{wrong}");
        }
    }
}
