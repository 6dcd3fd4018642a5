//! The longest subsequences: of one sequence, in order; of two, in common.

/// For each number, whether it belongs to one longest subsequence in which none is less than the one before
/// it: taking out all others, and no fewer, leaves the sequence in order (patience sorting, Fredman 1975).
pub(super) fn longest_in_order(numbers: &[u64]) -> Vec<bool> {
    // By length, the position of the least number that ends such a subsequence.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(numbers.len());
    for (position, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|&end| numbers[end] <= *number);
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(position);
        } else {
            ends[length] = position;
        }
    }
    let mut in_order = vec![false; numbers.len()];
    let mut next = ends.last().copied();
    while let Some(position) = next {
        in_order[position] = true;
        next = before[position];
    }
    in_order
}

/// An element of a sequence: equal if the content is, and preferred if the detail is too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) content: u64,
    pub(super) detail: u64,
}

/// The worth of a pair of equal elements: no number of equal details outweighs one more pair.
const PAIR: u64 = 1 << 32;

/// Pairs of positions of elements with equal content that make a longest common subsequence, of these the
/// one with the most equal details: by dynamic programming (Wagner and Fischer 1974). Time and memory grow
/// with the product of the lengths, of what is left when equal elements at both ends are taken off.
pub(super) fn longest_common(left: &[Element], right: &[Element]) -> Vec<(usize, usize)> {
    let prefix = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (left_rest, right_rest) = (&left[prefix..], &right[prefix..]);
    let ends = left_rest.iter().rev().zip(right_rest.iter().rev());
    let suffix = ends.take_while(|(a, b)| a == b).count();
    let (left_end, right_end) = (left.len() - suffix, right.len() - suffix);
    let middle = best_pairs(&left[prefix..left_end], &right[prefix..right_end]);
    let mut pairs: Vec<(usize, usize)> = (0..prefix).map(|at| (at, at)).collect();
    pairs.extend(middle.into_iter().map(|(i, j)| (prefix + i, prefix + j)));
    pairs.extend((0..suffix).map(|at| (left_end + at, right_end + at)));
    pairs
}

/// The worth of the best common subsequence of what begins at each pair of positions, the ends of both
/// sequences included.
struct Worths {
    cells: Vec<u64>,
    width: usize,
}

impl Worths {
    fn at(&self, i: usize, j: usize) -> u64 {
        self.cells[i * self.width + j]
    }

    /// The worth if the elements at `i` and `j` are paired; none if they cannot be.
    fn if_paired(&self, i: usize, j: usize, a: &Element, b: &Element) -> Option<u64> {
        (a.content == b.content)
            .then(|| self.at(i + 1, j + 1) + PAIR + u64::from(a.detail == b.detail))
    }
}

fn best_pairs(left: &[Element], right: &[Element]) -> Vec<(usize, usize)> {
    if left.is_empty() || right.is_empty() {
        return Vec::new();
    }
    let width = right.len() + 1;
    let mut worths = Worths { cells: vec![0; (left.len() + 1) * width], width };
    for (i, a) in left.iter().enumerate().rev() {
        for (j, b) in right.iter().enumerate().rev() {
            let skipped = worths.at(i + 1, j).max(worths.at(i, j + 1));
            let paired = worths.if_paired(i, j, a, b).unwrap_or(skipped);
            worths.cells[i * width + j] = skipped.max(paired);
        }
    }
    // Of equally good ways the one that pairs what comes first.
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        let here = worths.at(i, j);
        if worths.if_paired(i, j, &left[i], &right[j]) == Some(here) {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if here == worths.at(i + 1, j) {
            i += 1;
        } else {
            debug_assert_eq!(here, worths.at(i, j + 1));
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
        assert_eq!(longest_in_order(&[1, 2, 5, 3, 4]), [true, true, false, true, true]);
        assert_eq!(longest_in_order(&[5, 1, 2]), [false, true, true]);
        assert_eq!(longest_in_order(&[2, 2, 1, 2]), [true, true, false, true]);
        assert!(longest_in_order(&[]).is_empty());
    }

    fn elements(contents: &[u64]) -> Vec<Element> {
        contents.iter().map(|&content| Element { content, detail: 0 }).collect()
    }

    #[test]
    fn a_repeated_element_is_the_only_one_left_over() {
        let pairs = longest_common(&elements(&[1, 2, 1, 3, 1]), &elements(&[1, 1, 2, 1, 3, 1]));
        assert_eq!(pairs.len(), 5);
    }

    #[test]
    fn of_elements_with_equal_content_the_one_with_equal_detail_is_taken() {
        let [a, b] = [1, 2].map(|detail| Element { content: 7, detail });
        assert_eq!(longest_common(&[a, b], &[b]), [(1, 0)]);
        assert_eq!(longest_common(&[a], &[b, a, b]), [(0, 1)]);
        assert_eq!(longest_common(&[a], &[b]), [(0, 0)]);
        let [c, d] = [1, 2].map(|detail| Element { content: 8, detail });
        assert_eq!(longest_common(&[c, a, a, c], &[d, a, d]), [(0, 0), (1, 1), (3, 2)]);
    }

    proptest! {
        #[test]
        fn what_is_marked_is_in_order_and_nothing_else_fits(
            numbers in prop::collection::vec(0_u64..20, 0..12)
        ) {
            let marks = longest_in_order(&numbers);
            let kept: Vec<u64> =
                numbers.iter().zip(&marks).filter(|(_, mark)| **mark).map(|(n, _)| *n).collect();
            prop_assert!(kept.is_sorted());
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            prop_assert_eq!(longest_common(&elements(&numbers), &elements(&sorted)).len(), kept.len());
        }
    }
}
