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

/// An item of a sequence: equal if the content is, and preferred if the detail is too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) content: u64,
    pub(super) detail: u64,
}

/// The worth of a pair of equal items: no number of equal details outweighs one more pair.
const PAIR: u64 = 1 << 32;

/// Pairs of positions of items with equal content that make a longest common subsequence, of these the one
/// with the most equal details: by dynamic programming (Wagner and Fischer 1974). Time and memory grow with
/// the product of the lengths, of what is left when equal items at both ends are taken off.
pub(super) fn longest_common(left: &[Item], right: &[Item]) -> Vec<(usize, usize)> {
    let prefix = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (left_rest, right_rest) =
        (left.get(prefix..).unwrap_or_default(), right.get(prefix..).unwrap_or_default());
    let ends = left_rest.iter().rev().zip(right_rest.iter().rev());
    let suffix = ends.take_while(|(a, b)| a == b).count();
    let inner = |rest: &'_ [Item]| rest.len() - suffix;
    let (left_inner, right_inner) = (inner(left_rest), inner(right_rest));
    let middle = best_pairs(
        left_rest.get(..left_inner).unwrap_or_default(),
        right_rest.get(..right_inner).unwrap_or_default(),
    );
    let mut pairs: Vec<(usize, usize)> = (0..prefix).map(|at| (at, at)).collect();
    pairs.extend(middle.into_iter().map(|(i, j)| (prefix + i, prefix + j)));
    let (left_end, right_end) = (prefix + left_inner, prefix + right_inner);
    pairs.extend((0..suffix).map(|at| (left_end + at, right_end + at)));
    pairs
}

fn best_pairs(left: &[Item], right: &[Item]) -> Vec<(usize, usize)> {
    if left.is_empty() || right.is_empty() {
        return Vec::new();
    }
    let width = right.len() + 1;
    // The worth of the best common subsequence of what begins at each pair of positions.
    let mut worths = vec![0_u64; (left.len() + 1) * width];
    let worth = |worths: &[u64], i: usize, j: usize| worths.get(i * width + j).copied();
    let if_paired = |worths: &[u64], i: usize, j: usize, a: &Item, b: &Item| {
        let rest = worth(worths, i + 1, j + 1).filter(|_| a.content == b.content)?;
        Some(rest + PAIR + u64::from(a.detail == b.detail))
    };
    for (i, a) in left.iter().enumerate().rev() {
        for (j, b) in right.iter().enumerate().rev() {
            let skipped = worth(&worths, i + 1, j).max(worth(&worths, i, j + 1));
            let best = skipped.max(if_paired(&worths, i, j, a, b));
            if let (Some(cell), Some(best)) = (worths.get_mut(i * width + j), best) {
                *cell = best;
            }
        }
    }
    // Of equally good ways the one that pairs what comes first.
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (left.get(i), right.get(j)) {
        let here = worth(&worths, i, j);
        if here == if_paired(&worths, i, j, a, b) {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if here == worth(&worths, i + 1, j) {
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

    fn items(contents: &[u64]) -> Vec<Item> {
        contents.iter().map(|&content| Item { content, detail: 0 }).collect()
    }

    #[test]
    fn a_repeated_item_is_the_only_one_left_over() {
        let pairs = longest_common(&items(&[1, 2, 1, 3, 1]), &items(&[1, 1, 2, 1, 3, 1]));
        assert_eq!(pairs.len(), 5);
    }

    #[test]
    fn of_items_with_equal_content_the_one_with_equal_detail_is_taken() {
        let [a, b] = [1, 2].map(|detail| Item { content: 7, detail });
        assert_eq!(longest_common(&[a, b], &[b]), [(1, 0)]);
        assert_eq!(longest_common(&[a], &[b, a, b]), [(0, 1)]);
        assert_eq!(longest_common(&[a], &[b]), [(0, 0)]);
        let [c, d] = [1, 2].map(|detail| Item { content: 8, detail });
        assert_eq!(longest_common(&[c, a, a, c], &[d, a, d]), [(0, 0), (1, 1), (3, 2)]);
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
            prop_assert_eq!(longest_common(&items(&numbers), &items(&sorted)).len(), kept.len());
        }
    }
}
