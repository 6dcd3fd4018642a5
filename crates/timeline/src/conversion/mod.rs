//! Lines of a timeline in another form: a vendor's, one by a map of fields, or one by a template.

mod line_converter;
mod own_form;
mod template;

pub use line_converter::{ConvertError, LineConverter};
pub use own_form::{FieldMapError, OwnForm, read_field_map, read_rules};
pub use template::{EventTemplate, TemplateError};
