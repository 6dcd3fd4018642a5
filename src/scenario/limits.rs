//! Limits that more than one kind of key has.

/// Most users of a scenario: ids have 24 bits for the user.
pub const MAX_USERS: u32 = 1 << 24;

/// Characters that the name of a page, button, journey or event has at most.
pub(super) const MAX_NAME_CHARS: usize = 200;
/// Most entries of a list.
pub(super) const LIST_ENTRIES: usize = 10_000;

/// The check of the name of a page, button, journey or event: it is neither blank nor endless.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    if name.trim().is_empty() {
        return Err("expected a name, found an empty text".to_owned());
    }
    match name.chars().count() {
        0..=MAX_NAME_CHARS => Ok(()),
        found => {
            Err(format!("expected a name of at most {MAX_NAME_CHARS} characters, found {found}"))
        }
    }
}
