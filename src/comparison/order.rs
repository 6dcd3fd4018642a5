//! What of a sequence is in order.

/// For each number, whether it belongs to one longest increasing subsequence: taking out all others, and
/// no fewer, leaves the sequence in order (patience sorting, Fredman 1975).
pub(super) fn longest_increasing(numbers: &[u64]) -> Vec<bool> {
    // By length, the position of the least number that ends such a subsequence.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; numbers.len()];
    for (position, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|&end| numbers.get(end) < Some(number));
        if let Some(link) = before.get_mut(position) {
            *link = length.checked_sub(1).and_then(|shorter| ends.get(shorter)).copied();
        }
        match ends.get_mut(length) {
            Some(end) => *end = position,
            None => ends.push(position),
        }
    }
    let mut in_order = vec![false; numbers.len()];
    let mut next = ends.last().copied();
    while let Some(position) = next {
        if let Some(mark) = in_order.get_mut(position) {
            *mark = true;
        }
        next = before.get(position).copied().flatten();
    }
    in_order
}

/// Pairs of positions of equal items that make a longest common subsequence, by dynamic programming
/// (Wagner and Fischer 1974). Time and memory grow with the product of the lengths.
pub(super) fn longest_common<T: PartialEq>(left: &[T], right: &[T]) -> Vec<(usize, usize)> {
    let width = right.len() + 1;
    // Length of the longest common subsequence of what begins at each pair of positions.
    let mut lengths = vec![0_u32; (left.len() + 1) * width];
    let length = |lengths: &[u32], i: usize, j: usize| lengths.get(i * width + j).copied();
    for (i, a) in left.iter().enumerate().rev() {
        for (j, b) in right.iter().enumerate().rev() {
            let best = if a == b {
                length(&lengths, i + 1, j + 1).map(|length| length + 1)
            } else {
                length(&lengths, i + 1, j).max(length(&lengths, i, j + 1))
            };
            if let (Some(cell), Some(best)) = (lengths.get_mut(i * width + j), best) {
                *cell = best;
            }
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (left.get(i), right.get(j)) {
        if a == b {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if length(&lengths, i + 1, j) >= length(&lengths, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_moved_event_is_the_only_one_out_of_order() {
        assert_eq!(longest_increasing(&[1, 2, 5, 3, 4]), [true, true, false, true, true]);
        assert_eq!(longest_increasing(&[5, 1, 2]), [false, true, true]);
        assert!(longest_increasing(&[]).is_empty());
    }

    #[test]
    fn a_repeated_item_is_the_only_one_left_over() {
        let pairs = longest_common(b"abaca", b"aabaca");
        assert_eq!(pairs.len(), 5);
    }

    proptest! {
        #[test]
        fn what_is_marked_increases_and_nothing_else_fits(
            numbers in prop::collection::vec(0_u64..20, 0..12)
        ) {
            let marks = longest_increasing(&numbers);
            let kept: Vec<u64> =
                numbers.iter().zip(&marks).filter(|(_, mark)| **mark).map(|(n, _)| *n).collect();
            prop_assert!(kept.is_sorted_by(|a, b| a < b));
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            sorted.dedup();
            prop_assert_eq!(longest_common(&numbers, &sorted).len(), kept.len());
        }
    }
}
