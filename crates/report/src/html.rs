//! The page as one HTML file.

use std::fmt::Write as _;

use serde::Serialize;

use event_simulator::printable::printable;

use crate::page::ReportPage;
use crate::recorded::RecordedResult;

const STYLE: &str = include_str!("../assets/style.css");
const CHARTS: &str = include_str!("../assets/charts.js");
/// Parts of one script, which share their names.
const SCRIPTS: &str = concat!(
    include_str!("../assets/values.js"),
    include_str!("../assets/pictures.js"),
    include_str!("../assets/page.js"),
);

/// Nothing may be fetched, sent or framed by the page.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'";

/// The JSON of the page.
#[derive(Serialize)]
struct PageDocument<'a> {
    page: &'a ReportPage,
    results: &'a [RecordedResult],
}

impl ReportPage {
    /// The page as one HTML file, with all that it needs in it.
    pub fn html(&self) -> String {
        let document = PageDocument { page: self, results: &self.results };
        // Maps with names as keys cannot fail to be written.
        let json = serde_json::to_string(&document).unwrap_or_default();
        let title = escaped(&self.verdict.line);
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main id=\"page\"><noscript>{}</noscript></main>\n\
             <script type=\"application/json\" id=\"data\">{}</script>\n\
             <script>{CHARTS}</script>\n<script>\n\"use strict\";\n{{\n{SCRIPTS}}}\n</script>\n</body>\n</html>\n",
            self.without_script(),
            harmless(&json),
        )
    }

    /// The verdicts and reasons, where scripts are not run.
    fn without_script(&self) -> String {
        let mut html = String::new();
        for chapter in &self.chapters {
            let _ = write!(html, "<h1>{}</h1><ul>", escaped(&chapter.verdict.line));
            for reason in &chapter.reasons {
                let _ =
                    write!(html, "<li>{} {}</li>", escaped(&reason.title), escaped(&reason.text));
            }
            html.push_str("</ul>");
        }
        html + "<p>The pictures and tables are drawn by the script in this page, which is not run here.</p>"
    }
}

/// JSON in which no HTML parser and no script finds an end or a beginning.
fn harmless(json: &str) -> String {
    json.replace('<', r"\u003c").replace('\u{2028}', r"\u2028").replace('\u{2029}', r"\u2029")
}

/// A text as HTML shows it, without what is obeyed and not seen.
fn escaped(text: &str) -> String {
    let is_hidden = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let text = printable(text);
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_neither_ends_its_element_nor_changes() {
        for text in ["</script>", "<!--<script", "a\u{2028}b\u{2029}", "&lt;", "\\u003c"] {
            let json = serde_json::to_string(text).unwrap();
            let written = harmless(&json);
            assert!(!written.contains(['<', '\u{2028}', '\u{2029}']), "{written}");
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }
        assert_eq!(
            escaped("<b \"a\">&\u{1b}[31m\u{202e}"),
            "&lt;b &quot;a&quot;&gt;&amp;\\u001b[31m\\u202e"
        );
    }

    #[test]
    fn an_empty_page_says_that_there_is_no_result() {
        let html = ReportPage::of(Vec::new()).html();
        assert!(html.contains("<title>There is no result</title>"));
    }
}
