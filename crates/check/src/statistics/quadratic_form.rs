//! Quadratic forms of matrices that may be singular.

/// Pivots smaller than this part of the greatest are zero but for rounding.
const SINGULAR: f64 = 1e-9;

/// `z' S^-1 z` over the directions in which `S` is not singular, and their number, by elimination
/// with the greatest pivot first.
pub(super) fn quadratic_form(products: &[f64], z: &[f64]) -> (f64, usize) {
    let width = z.len();
    let mut matrix = products.to_vec();
    let mut rest = z.to_vec();
    let greatest = (0..width).map(|i| matrix[i * width + i]).fold(0.0, f64::max);
    let mut left: Vec<usize> = (0..width).collect();
    let mut form = 0.0;
    let mut rank = 0;
    while let Some(&pivot) =
        left.iter().max_by(|&&a, &&b| matrix[a * width + a].total_cmp(&matrix[b * width + b]))
    {
        let diagonal = matrix[pivot * width + pivot];
        if diagonal <= greatest * SINGULAR {
            break;
        }
        form += rest[pivot] * rest[pivot] / diagonal;
        rank += 1;
        left.retain(|&row| row != pivot);
        for &row in &left {
            let factor = matrix[row * width + pivot] / diagonal;
            rest[row] -= factor * rest[pivot];
            for &column in &left {
                matrix[row * width + column] -= factor * matrix[pivot * width + column];
            }
        }
    }
    (form, rank)
}
