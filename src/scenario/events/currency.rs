//! Currencies, and the digits of their minor units.

/// The most digits after the point that amounts of any currency have.
pub(super) const MOST_MINOR_DIGITS: u32 = 4;

/// Digits after the point that amounts of a currency have, by its code in ISO 4217; 2 for any other code, as
/// nearly all have.
pub(crate) fn minor_digits(code: &str) -> u32 {
    const NONE: [&str; 16] = [
        "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
        "XAF", "XOF", "XPF",
    ];
    const THREE: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
    const FOUR: [&str; 2] = ["CLF", "UYW"];
    match code {
        code if NONE.contains(&code) => 0,
        code if THREE.contains(&code) => 3,
        code if FOUR.contains(&code) => 4,
        _ => 2,
    }
}

/// True for three capital letters.
pub(crate) fn is_currency_code(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_have_their_digits() {
        for (code, digits) in [("JPY", 0), ("USD", 2), ("EUR", 2), ("KWD", 3), ("CLF", 4)] {
            assert_eq!(minor_digits(code), digits, "{code}");
            assert!(is_currency_code(code));
        }
        assert!(!is_currency_code("usd") && !is_currency_code("EURO"));
    }
}
