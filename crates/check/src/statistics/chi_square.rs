//! The chi-square distribution.

/// Terms beyond this part of the sum change nothing.
const EPSILON: f64 = f64::EPSILON;

/// Terms after which either expansion has long converged for the degrees of freedom that occur.
const MOST_TERMS: u32 = 100_000;

/// The probability that a chi-square variable with so many degrees of freedom is `statistic` or more: the
/// regularized incomplete gamma function Q(degrees / 2, statistic / 2). Without a degree of freedom it is 1.
pub(crate) fn survival(statistic: f64, degrees: usize) -> f64 {
    let (a, x) = (degrees as f64 / 2.0, statistic / 2.0);
    if degrees == 0 || x <= 0.0 {
        return 1.0;
    }
    let scale = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 { 1.0 - scale * lower_series(a, x) } else { scale * upper_fraction(a, x) }
}

/// The sum of x^n / (a (a+1) ... (a+n)), [DLMF 8.7.1](https://dlmf.nist.gov/8.7.E1); it converges fast for x
/// below a + 1.
fn lower_series(a: f64, x: f64) -> f64 {
    let mut term = 1.0 / a;
    let mut sum = term;
    for n in 1..MOST_TERMS {
        term *= x / (a + f64::from(n));
        sum += term;
        if term < sum * EPSILON {
            break;
        }
    }
    sum
}

/// The continued fraction 1/(x+1-a- 1(1-a)/(x+3-a- 2(2-a)/(x+5-a- ...))),
/// [DLMF 8.9.2](https://dlmf.nist.gov/8.9.E2) contracted, by the algorithm of Lentz (Applied Optics 15, 1976); it
/// converges fast for x above a + 1.
fn upper_fraction(a: f64, x: f64) -> f64 {
    // Stands for a denominator of 0.
    const TINY: f64 = 1e-300;
    let mut denominator = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / denominator;
    let mut fraction = d;
    for n in (1..MOST_TERMS).map(f64::from) {
        let numerator = n * (a - n);
        denominator += 2.0;
        let non_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
        d = 1.0 / non_zero(numerator * d + denominator);
        c = non_zero(denominator + numerator / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < EPSILON {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Critical values from the NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.6.7.4.
    #[test]
    fn critical_values_are_those_of_the_table() {
        for (degrees, probability, critical) in [
            (1, 0.10, 2.706),
            (1, 0.05, 3.841),
            (1, 0.001, 10.828),
            (2, 0.05, 5.991),
            (5, 0.01, 15.086),
            (10, 0.05, 18.307),
            (10, 0.95, 3.940),
            (30, 0.025, 46.979),
            (50, 0.99, 29.707),
            (100, 0.05, 124.342),
            (100, 0.001, 149.449),
        ] {
            let [below, above] = [0.0005, -0.0005].map(|off| survival(critical + off, degrees));
            assert!(below <= probability && probability <= above, "{degrees}, {probability}");
        }
    }

    /// With two degrees of freedom it is exp(-x / 2), with four that times 1 + x / 2.
    #[test]
    fn even_degrees_agree_with_their_closed_forms() {
        for statistic in [1e-9, 0.1, 1.0, 2.0, 3.999, 4.0, 6.0, 25.0, 300.0, 1_400.0] {
            let half: f64 = statistic / 2.0;
            for (degrees, exact) in [(2, (-half).exp()), (4, (-half).exp() * (1.0 + half))] {
                let found = survival(statistic, degrees);
                assert!((found - exact).abs() <= 1e-12 * exact, "{statistic}: {found}, {exact}");
            }
        }
    }

    #[test]
    fn the_ends_are_certain_and_impossible() {
        assert!((survival(0.0, 3) - 1.0).abs() < f64::EPSILON);
        assert!((survival(7.0, 0) - 1.0).abs() < f64::EPSILON);
        assert!(survival(1e6, 3) < f64::MIN_POSITIVE);
    }

    #[test]
    fn it_falls_without_a_jump_where_the_expansions_meet() {
        for degrees in [1, 2, 3, 7, 40, 1_000] {
            let middle = degrees as f64 + 2.0;
            let [before, after] = [middle - 1e-9, middle + 1e-9].map(|x| survival(x, degrees));
            assert!(before > after - 1e-13 && before - after < 1e-8, "{degrees}");
        }
    }
}
