//! References to earlier values and to members of them.

/// What a reference such as `product.price` names: the value whose name is the longest that `find` knows, and the
/// names of the members on the way from it.
pub(crate) fn resolved<T>(
    reference: &str,
    find: impl Fn(&str) -> Option<T>,
) -> Option<(T, Vec<&str>)> {
    if let Some(value) = find(reference) {
        return Some((value, Vec::new()));
    }
    let points = reference.rmatch_indices('.').map(|(at, _)| at);
    points.into_iter().find_map(|at| {
        let value = find(&reference[..at])?;
        Some((value, reference[at + 1..].split('.').collect()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_wins() {
        let find = |name: &str| ["a", "a.b"].iter().position(|known| *known == name);
        assert_eq!(resolved("a", find), Some((0, vec![])));
        assert_eq!(resolved("a.c.d", find), Some((0, vec!["c", "d"])));
        assert_eq!(resolved("a.b", find), Some((1, vec![])));
        assert_eq!(resolved("a.b.c", find), Some((1, vec!["c"])));
        assert_eq!(resolved("b.a", find), None);
    }
}
