//! The table that a person reads: offsets, sizes, types, holes and cache lines, in the manner of `pahole`.
//!
//! Nested structs are shown in place, indented; arrays and opaque types are one row.

use core::fmt;

use super::type_layout::{Field, Kind, TypeLayout, Variant};

/// Bytes in a cache line, of `x86_64` and most `aarch64` machines.
const CACHE_LINE: usize = 64;

/// The width of the type's column; a longer name pushes the field's name to the right.
const TYPE_WIDTH: usize = 20;

/// A table of the type: one row a field, in the order of the offsets, with holes and cache-line borders.
///
/// # Examples
///
/// ```
/// use shmcore::ShmSafe;
///
/// #[derive(ShmSafe)]
/// #[repr(C)]
/// struct Order { id: u32, price: f64, tags: [u8; 6] }
///
/// assert_eq!(
///     Order::LAYOUT.to_string(),
///     "\
/// struct Order
///   offset    size  type                 field
///        0       4  u32                  id
///        4       4                       -- hole --
///        8       8  f64                  price
///       16       6  [u8; 6]              tags
///       22       2                       -- hole --
/// size 24, align 8, 6 bytes in 2 holes, 1 cache line"
/// );
/// ```
impl fmt::Display for TypeLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.kind {
            Kind::Primitive(_) | Kind::NonZero(_) => "primitive",
            Kind::Array { .. } => "array",
            Kind::Struct { .. } => "struct",
            Kind::Enum { .. } => "enum",
            Kind::Opaque { .. } => "opaque",
        };
        writeln!(f, "{word} {}", TypeName(self))?;
        writeln!(f, "  offset    size  {:TYPE_WIDTH$} field", "type")?;
        let mut table = Table { f, hole_bytes: 0, holes: 0, next_line: CACHE_LINE };
        table.insides(self, 0, 0)?;
        let Table { hole_bytes, holes, .. } = table;
        write!(f, "size {}, align {}", self.size, self.align)?;
        if holes > 0 {
            let (bytes, holes_word) = (plural(hole_bytes), plural(holes));
            write!(f, ", {hole_bytes} byte{bytes} in {holes} hole{holes_word}")?;
        }
        let lines = self.size.div_ceil(CACHE_LINE);
        write!(f, ", {lines} cache line{}", plural(lines))
    }
}

/// The name of a type as it is written in Rust.
pub(super) struct TypeName<'a>(pub(super) &'a TypeLayout);

impl fmt::Display for TypeName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Array { element, len } => write!(f, "[{}; {len}]", TypeName(element)),
            _ => f.write_str(self.0.name),
        }
    }
}

/// A type's name, indented by the depth and padded to the width of its column.
struct Padded<'a>(&'a TypeLayout, usize);

impl fmt::Display for Padded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counter = Width { width: self.1 };
        fmt::Write::write_fmt(&mut counter, format_args!("{}", TypeName(self.0)))?;
        write!(f, "{:indent$}{}", "", TypeName(self.0), indent = self.1)?;
        write!(f, "{:pad$}", "", pad = TYPE_WIDTH.saturating_sub(counter.width))
    }
}

/// Counts characters without storing them.
struct Width {
    width: usize,
}

impl fmt::Write for Width {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.width += s.chars().count();
        Ok(())
    }
}

const fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// The rows written so far, summed up.
struct Table<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    hole_bytes: usize,
    holes: usize,
    /// The next offset at which a cache line begins and no border was drawn yet.
    next_line: usize,
}

impl Table<'_, '_> {
    /// The rows of what lies inside `layout`, which starts at `base` and is nested `depth` deep.
    fn insides(&mut self, layout: &TypeLayout, base: usize, depth: usize) -> fmt::Result {
        match layout.kind {
            Kind::Struct { fields } | Kind::Opaque { fields, .. } if !fields.is_empty() || depth == 0 => {
                let end = self.fields(fields, base, base, depth)?;
                self.hole(end, base + layout.size)
            }
            Kind::Enum { tag, variants } => {
                let tag_size = tag.size();
                self.border(base)?;
                let name = tag.name();
                let indent = 2 * depth;
                let pad = TYPE_WIDTH.saturating_sub(indent + name.len());
                writeln!(self.f, "{base:8}{tag_size:8}  {:indent$}{name}{:pad$} (tag)", "", "")?;
                self.variants(variants, base, base + tag_size, base + layout.size, depth)
            }
            _ if depth == 0 => self.row(layout, "", base, depth),
            _ => Ok(()),
        }
    }

    fn variants(
        &mut self,
        variants: &[Variant],
        base: usize,
        after_tag: usize,
        end: usize,
        depth: usize,
    ) -> fmt::Result {
        let (first_line, hole_bytes, holes) = (self.next_line, self.hole_bytes, self.holes);
        for variant in variants {
            // Variants lie over each other: borders begin anew with each, and a hole of one is data of another,
            // so holes are shown but not summed up.
            self.next_line = first_line;
            let (name, discriminant, indent) = (variant.name, variant.discriminant, 2 * depth);
            writeln!(self.f, "{:18}{:indent$}{name} = {discriminant}:", "", "")
                .and_then(|()| self.fields(variant.fields, base, after_tag, depth + 1))
                .and_then(|last| if variant.fields.is_empty() { Ok(()) } else { self.hole(last, end) })?;
        }
        (self.hole_bytes, self.holes) = (hole_bytes, holes);
        Ok(())
    }

    /// The rows of `fields` by ascending offset; returns the offset behind the last one.
    fn fields(
        &mut self,
        fields: &[Field],
        base: usize,
        start: usize,
        depth: usize,
    ) -> Result<usize, fmt::Error> {
        let mut end = start;
        for field in fields {
            let offset = base + field.offset;
            self.hole(end, offset)?;
            self.row(field.layout, field.name, offset, depth)?;
            if field.layout.size > 0 && !matches!(field.layout.kind, Kind::Opaque { .. }) {
                self.insides(field.layout, offset, depth + 1)?;
            }
            end = end.max(offset + field.layout.size);
        }
        Ok(end)
    }

    fn row(&mut self, layout: &TypeLayout, name: &str, offset: usize, depth: usize) -> fmt::Result {
        self.border(offset)?;
        let size = layout.size;
        let line = RowName { layout, name, depth };
        writeln!(self.f, "{offset:8}{size:8}  {line}")
    }

    fn hole(&mut self, from: usize, to: usize) -> fmt::Result {
        if from >= to {
            return Ok(());
        }
        self.border(from)?;
        let size = to - from;
        self.hole_bytes += size;
        self.holes += 1;
        writeln!(self.f, "{from:8}{size:8}  {:TYPE_WIDTH$} -- hole --", "")
    }

    /// Draws a border if `offset` lies in a cache line that no row has begun yet.
    fn border(&mut self, offset: usize) -> fmt::Result {
        if offset < self.next_line {
            return Ok(());
        }
        let line = offset / CACHE_LINE;
        let ago = offset % CACHE_LINE;
        self.next_line = (line + 1) * CACHE_LINE;
        write!(self.f, "  ------- cache line {line}")?;
        if ago > 0 {
            write!(self.f, ", begun {ago} bytes before")?;
        }
        writeln!(self.f, " -------")
    }
}

/// The last two columns of a row.
struct RowName<'a> {
    layout: &'a TypeLayout,
    name: &'a str,
    depth: usize,
}

impl fmt::Display for RowName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            return write!(f, "{}", TypeName(self.layout));
        }
        write!(f, "{} {}", Padded(self.layout, 2 * self.depth), self.name)
    }
}

#[cfg(test)]
mod tests;
