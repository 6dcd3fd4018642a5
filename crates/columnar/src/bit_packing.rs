//! Whole numbers in few bits, as a run of Parquet's hybrid encoding has them.

/// Numbers of a group, which has whole bytes.
const GROUP: usize = 8;

/// The bits in which one of so many keys fits; no reader has to know of keys without bits.
pub(crate) fn bit_width(keys: u32) -> u8 {
    (u32::BITS - keys.saturating_sub(1).leading_zeros()).max(1) as u8
}

/// Appends numbers of `width` bits as one run, filled up with zeros to whole groups.
pub(crate) fn pack(numbers: &[u32], width: u8, out: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    let groups = numbers.len().div_ceil(GROUP);
    let mut header = groups << 1 | 1;
    while header >= 0x80 {
        out.push(header as u8 | 0x80);
        header >>= 7;
    }
    out.push(header as u8);
    let end = out.len() + groups * usize::from(width);
    let (mut bits, mut filled) = (0_u64, 0);
    for number in numbers {
        bits |= u64::from(*number) << filled;
        filled += u32::from(width);
        if filled >= u32::BITS {
            out.extend_from_slice(&(bits as u32).to_le_bytes());
            bits >>= u32::BITS;
            filled -= u32::BITS;
        }
    }
    out.extend_from_slice(&bits.to_le_bytes()[..filled.div_ceil(8) as usize]);
    out.resize(end, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed_from_the_lowest_bit() {
        let mut out = Vec::new();
        // The example of the format's description.
        pack(&[0, 1, 2, 3, 4, 5, 6, 7], 3, &mut out);
        assert_eq!(out, [3, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
        out.clear();
        pack(&[1; 9], 1, &mut out);
        assert_eq!(out, [5, 0xff, 1]);
        out.clear();
        pack(&[u32::MAX, 1], 32, &mut out);
        assert_eq!(out[..9], [3, 255, 255, 255, 255, 1, 0, 0, 0]);
        assert_eq!(out.len(), 33);
    }

    #[test]
    fn keys_fit_their_width() {
        assert_eq!([0, 1, 2, 3, 4, 5, 256, 257].map(bit_width), [1, 1, 1, 2, 2, 3, 8, 9]);
    }
}
