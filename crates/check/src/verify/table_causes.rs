//! stub
use super::causes::Cause;
#[derive(Default)]
pub(super) struct TableCauses;
impl TableCauses {
    pub(super) fn cell(
        &mut self,
        _: &'static str,
        _: &'static str,
        _: &[String],
        _: (Option<f64>, Option<f64>),
        _: bool,
    ) {
    }
    pub(super) fn row_is_duplicated(&mut self) {}
    pub(super) fn row_is_missing(&mut self, _: &'static str, _: &[String], _: f64) {}
    pub(super) fn row_is_unexpected(&mut self, _: &'static str, _: &[String], _: f64) {}
    pub(super) fn into_causes(self) -> Vec<Cause> {
        Vec::new()
    }
}
