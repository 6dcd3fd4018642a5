//! A look at the first lines: have they the fields that are named?

use super::field_path::names;
use super::fields::Fields;
use crate::config::Config;

/// Lines that are looked at.
const SAMPLED_LINES: u32 = 100;
/// Fields that a message names.
const NAMED_FIELDS: usize = 20;

/// The fields that are named and that no line has had so far.
#[derive(Debug)]
pub(super) struct FieldSample {
    missing: Vec<MissingField>,
    /// The fields of the first event.
    there: Option<Vec<String>>,
    lines: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MissingField {
    Time,
    Id,
    Lane,
}

impl FieldSample {
    pub(super) fn new(config: &Config) -> Self {
        let default = Config::default();
        let named = [
            (config.input.time_field != default.input.time_field, MissingField::Time),
            (config.input.id_field != default.input.id_field, MissingField::Id),
            (config.ordering.lane_field.is_some(), MissingField::Lane),
        ];
        let missing = named.into_iter().filter(|(is_named, _)| *is_named);
        Self { missing: missing.map(|(_, field)| field).collect(), there: None, lines: 0 }
    }

    /// Looks at a line, unless that has been done often enough.
    #[inline]
    pub(super) fn look_at(&mut self, line: &[u8], fields: &Fields) {
        if self.missing.is_empty() || self.lines >= SAMPLED_LINES {
            return;
        }
        let Ok([time, id, lane, _]) = fields.values(line) else { return };
        self.lines += 1;
        self.there.get_or_insert_with(|| names(line, NAMED_FIELDS));
        self.missing.retain(|field| match field {
            MissingField::Time => time.is_none(),
            MissingField::Id => id.is_none(),
            MissingField::Lane => lane.is_none(),
        });
    }

    /// What to say, once: when enough lines were seen, or there are no more.
    pub(super) fn warnings(&mut self, fields: &Fields, is_at_end: bool) -> Vec<String> {
        let is_enough = self.lines >= SAMPLED_LINES || is_at_end && self.lines > 0;
        let Some(there) = self.there.as_ref().filter(|_| is_enough) else { return Vec::new() };
        let there = there.join(", ");
        let missing = std::mem::take(&mut self.missing).into_iter();
        let warnings = missing.map(|field| {
            let (name, what) = match field {
                MissingField::Time => (Some(&fields.time), "time"),
                MissingField::Id => (Some(&fields.id), "identity: no Idempotency-Key is sent"),
                MissingField::Lane => {
                    (fields.lane.as_ref(), "lane: no order is kept (say so by --per-lane none)")
                }
            };
            let name = name.map_or("", |path| &path.name);
            format!("the first lines have no {name:?} for the {what}; the first has {there}")
        });
        warnings.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(lines: &str, adapt: impl FnOnce(&mut Config)) -> Vec<String> {
        let mut config = Config::default();
        adapt(&mut config);
        let (fields, mut sample) = (Fields::new(&config), FieldSample::new(&config));
        for line in lines.lines() {
            sample.look_at(line.as_bytes(), &fields);
        }
        let found = sample.warnings(&fields, true);
        assert_eq!(sample.warnings(&fields, true), [""; 0], "once");
        found
    }

    #[test]
    fn a_named_field_that_is_not_there_is_told_with_those_that_are() {
        let line =
            "{\"id\":1,\"created_at\":\"2026-01-01T00:00:00Z\",\"actor\":{\"login\":\"a\"}}\n";
        let of_github = |config: &mut Config| {
            config.input.time_field = "created_at".to_owned();
            config.input.id_field = "id".to_owned();
            config.ordering.lane_field = Some("actor.login".to_owned());
        };
        assert_eq!(warnings(line, of_github), [""; 0]);
        let found = warnings(line, |config| {
            config.input.time_field = "time".to_owned();
            config.input.id_field = "uuid".to_owned();
            config.ordering.lane_field = Some("actor.name".to_owned());
        });
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(
            found[2].contains("\"actor.name\"")
                && found[2].ends_with("the first has id, created_at, actor.login")
        );
        assert_eq!(warnings(line, |_| ()).len(), 1, "the order is kept by default");
        assert_eq!(warnings(line, |config| config.ordering.lane_field = None), [""; 0]);
        assert_eq!(warnings("not json\n{\"torn", |_| ()), [""; 0]);
        let later = format!("{line}{{\"user_id\":\"u\"}}\n");
        assert_eq!(warnings(&later, |_| ()), [""; 0]);
    }
}
