//! The keys that a section does not have.

use super::problem::{Position, Problem};
use super::spelling::{nearest, spelled};

/// A key that its section does not have.
pub(super) struct UnknownKey {
    pub(super) key: String,
    pub(super) path: String,
    pub(super) position: Option<Position>,
    pub(super) allowed: Vec<&'static str>,
}

impl UnknownKey {
    /// The problem, with the best advice that all known keys allow, each with its section. A key of a
    /// section that is `owned` elsewhere is a weaker guess than a similar one here.
    pub(super) fn problem(
        &self,
        keys: &[(String, &'static str)],
        is_owned: impl Fn(&str) -> bool,
    ) -> Problem {
        let key = &self.key;
        let is_meant = |known: &str| spelled(known) == spelled(key);
        let near = nearest(key, self.allowed.iter().copied());
        let elsewhere = keys.iter().find(|(_, known)| is_meant(known)).map(|(path, _)| path);
        let advice = match (near, elsewhere) {
            _ if key == "<<" => "merge keys are not supported: write the keys out; ".to_owned(),
            (Some(near), None) => format!("did you mean `{near}`? "),
            (Some(near), _) if is_meant(near) => format!("did you mean `{near}`? "),
            (_, Some(path)) if path.is_empty() => "it belongs to the top level; ".to_owned(),
            (Some(near), Some(path)) if is_owned(path) => {
                format!("did you mean `{near}`, or does it belong in `{path}`? ")
            }
            (_, Some(path)) => format!("it belongs in the section `{path}`; "),
            (None, None) => String::new(),
        };
        let help = format!("{advice}allowed here: {}", self.allowed.join(", "));
        Problem::error(self.path.clone(), Problem::UNKNOWN_KEY).at(self.position).help(help)
    }
}
