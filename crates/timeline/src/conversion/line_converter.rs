//! Turning lines into another form.

use event_simulator::wire::{
    FieldError, FieldMap, FormatEncoder, FormatSettings, ScanError, WireFormat,
};

use super::own_form::OwnForm;
use super::template::{EventTemplate, TemplateError};

/// Turns lines of a timeline, in its order, into another form.
#[derive(Clone, Debug)]
pub enum LineConverter {
    /// Into a wire format.
    Wire(Box<FormatEncoder>),
    /// By a map of fields.
    Fields(FieldMap),
    /// By a template.
    Template(EventTemplate),
}

/// Why a line cannot have the form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// It is no event.
    #[error(transparent)]
    Event(#[from] FieldError),
    /// It is no object.
    #[error(transparent)]
    Line(#[from] ScanError),
    /// The template fails.
    #[error(transparent)]
    Template(#[from] TemplateError),
}

impl LineConverter {
    /// One into a wire format.
    pub fn of_wire(format: &'static WireFormat, settings: FormatSettings) -> Self {
        Self::Wire(Box::new(FormatEncoder::new(format, settings)))
    }

    /// One into a form of one's own.
    pub fn of_own(form: &OwnForm) -> Self {
        match form {
            OwnForm::Fields(map) => Self::Fields(map.clone()),
            OwnForm::Template(template) => Self::Template(template.clone()),
        }
    }

    /// True if the other form of a line depends on lines before it.
    pub(crate) fn depends_on_earlier(&self) -> bool {
        matches!(self, Self::Wire(encoder) if encoder.depends_on_earlier())
    }

    /// Appends a line, without its end, in the other form.
    ///
    /// # Errors
    /// See [`ConvertError`].
    pub fn convert(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), ConvertError> {
        match self {
            Self::Wire(encoder) => encoder.encode_line(line, out)?,
            Self::Fields(map) => map.encode(line, out)?,
            Self::Template(template) => template.render(line, out)?,
        }
        Ok(())
    }

    /// Appends a block of whole lines in the other form, a line each.
    ///
    /// # Errors
    /// See [`ConvertError`].
    pub(crate) fn convert_block(
        &mut self,
        block: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), ConvertError> {
        if let Self::Wire(encoder) = self {
            return Ok(encoder.encode_lines(block, out)?);
        }
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', block).chain([block.len()]) {
            let line = &block[start..end];
            start = end + 1;
            if !line.is_empty() {
                self.convert(line, out)?;
                out.push(b'\n');
            }
        }
        Ok(())
    }
}
