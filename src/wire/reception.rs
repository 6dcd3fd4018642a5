//! What a receiver of a format takes and answers beside the batches that are sent to it.

/// What a receiver takes from the clients of others. In paths `*` stands for any one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reception {
    /// The other paths to which events are posted.
    pub other_paths: &'static [&'static str],
    /// The paths that take an event in the query, and answer with a picture.
    pub pixel_paths: &'static [&'static str],
    /// What clients ask for before they send: paths, and the answer that there is nothing.
    pub lookups: &'static [(&'static str, &'static str)],
    /// True if events may be the value of `data`, in a form or in the query, in base64 and compressed.
    pub takes_data: bool,
    /// True if a request without events is refused.
    pub refuses_empty: bool,
    /// True if a body that cannot be read is discarded like an event that is wrong.
    pub discards_unreadable: bool,
    /// True if who says nothing of themselves is known by address and user agent.
    pub knows_by_address: bool,
    /// The paths at which the query says by what schema the body is data.
    pub described_paths: &'static [&'static str],
    /// The paths to which clients send what is no event: it is taken, and not kept.
    pub discarded_paths: &'static [&'static str],
    /// The names under which a request, its events or their properties say the customer's key; without names none is
    /// asked for.
    pub key_names: &'static [&'static str],
    /// The member of an event that has to be a UUID if it is there.
    pub uuid: Option<&'static str>,
    /// True if a time that is none is no reason to refuse an event.
    pub takes_any_time: bool,
}

impl Reception {
    /// Nothing else.
    pub(super) const ONLY: Self = Self {
        other_paths: &[],
        pixel_paths: &[],
        lookups: &[],
        takes_data: false,
        refuses_empty: false,
        discards_unreadable: false,
        knows_by_address: false,
        described_paths: &[],
        discarded_paths: &[],
        key_names: &[],
        uuid: None,
        takes_any_time: false,
    };

    /// True for a path to which events may be posted beside the format's own.
    pub fn takes(&self, path: &str) -> bool {
        self.other_paths.iter().any(|pattern| fits(pattern, path))
    }

    /// True for a path at which the query can say by what schema the body is data.
    pub fn is_described(&self, path: &str) -> bool {
        self.described_paths.contains(&path)
    }

    /// True for a path to which something is sent that is no event.
    pub fn discards(&self, path: &str) -> bool {
        self.discarded_paths.contains(&path)
    }

    /// True for a path that takes an event in the query.
    pub fn is_pixel(&self, path: &str) -> bool {
        self.pixel_paths.iter().any(|pattern| fits(pattern, path))
    }

    /// The answer to what a client asks for before it sends.
    pub fn lookup(&self, path: &str) -> Option<&'static str> {
        let found = self.lookups.iter().find(|(pattern, _)| fits(pattern, path));
        found.map(|(_, answer)| *answer)
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some("*"), Some(segment)) if !segment.is_empty() => {}
            (Some(wanted), Some(segment)) if wanted == segment => {}
            _ => return false,
        }
    }
}

/// Where a request came from, as far as that says something of its events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestOrigin<'a> {
    /// The path to which it was sent.
    pub path: &'a str,
    /// The client's address.
    pub address: &'a str,
    /// The client's user agent.
    pub agent: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_one_segment() {
        for (pattern, path, expected) in [
            ("/*/*", "/com.acme/tp2", true),
            ("/*/*", "/i", false),
            ("/*/*", "/a/b/c", false),
            ("/*/*", "/a/", false),
            ("/array/*/config", "/array/phc_1/config", true),
            ("/flags/", "/flags", false),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }
}
