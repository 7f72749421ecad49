//! The table that a person reads: offsets, sizes, types, holes and cache lines, in the manner of `pahole`.
//!
//! Nested structs and enums are shown in place, indented; arrays and opaque types are one row. It is apart from the diff
//! because it walks one tree and knows of bytes that no field has.

use core::fmt;

use super::shown::Shown;
use super::type_layout::{Field, Kind, Layout, Variant};

/// Bytes in a cache line, of `x86_64` and most `aarch64` machines.
const CACHE_LINE: usize = 64;

/// The width of the type's column; a longer name pushes the field's name to the right.
const TYPE_WIDTH: usize = 20;

/// A nested struct is shown each time that it occurs, so the number of rows may be exponential in the number of types.
const MAX_ROWS: usize = 4096;

/// A table of the type: one row a field, in the order of the offsets, with holes and cache-line borders.
///
/// It ends after 4096 rows and then says so. Control characters in names are written as escapes.
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
impl fmt::Display for Layout<'_> {
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
        let mut table =
            Table { f, hole_bytes: 0, holes: 0, next_line: CACHE_LINE, rows_left: MAX_ROWS, is_cut: false };
        table.insides(self, 0, 0)?;
        let Table { hole_bytes, holes, is_cut, .. } = table;
        if is_cut {
            writeln!(f, "  … and more rows")?;
        }
        write!(f, "size {}, align {}", self.size, self.align)?;
        if holes > 0 && !is_cut {
            let (bytes, holes_word) = (plural(hole_bytes), plural(holes));
            write!(f, ", {hole_bytes} byte{bytes} in {holes} hole{holes_word}")?;
        }
        let lines = self.size.div_ceil(CACHE_LINE);
        write!(f, ", {lines} cache line{}", plural(lines))
    }
}

/// The name of a type as it is written in Rust.
pub(super) struct TypeName<'a>(pub(super) &'a Layout<'a>);

impl fmt::Display for TypeName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Array { element, len } => write!(f, "[{}; {len}]", TypeName(element)),
            _ => write!(f, "{}", Shown(self.0.name)),
        }
    }
}

/// A type's name, indented by the depth and padded to the width of its column.
struct Padded<'a>(&'a Layout<'a>, usize);

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
    rows_left: usize,
    /// Whether there are rows that were not written.
    is_cut: bool,
}

/// What bytes are that no field has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    Hole,
    /// Bytes of an opaque type, which only its own code knows.
    Private,
}

impl Table<'_, '_> {
    /// The rows of what lies inside `layout`, which starts at `base` and is nested `depth` deep.
    fn insides(&mut self, layout: &Layout<'_>, base: usize, depth: usize) -> fmt::Result {
        if self.is_cut {
            return Ok(());
        }
        match layout.kind {
            Kind::Struct { fields } if !fields.is_empty() || depth == 0 => {
                let end = self.fields(fields, base, base, depth, Gap::Hole)?;
                self.gap(end, base.saturating_add(layout.size), Gap::Hole)
            }
            Kind::Opaque { fields, .. } if depth == 0 => {
                let end = self.fields(fields, base, base, depth, Gap::Private)?;
                self.gap(end, base.saturating_add(layout.size), Gap::Private)
            }
            Kind::Enum { tag, variants } => {
                let tag_size = tag.size();
                if self.begins(base)? {
                    let name = tag.name();
                    let indent = 2 * depth;
                    let pad = TYPE_WIDTH.saturating_sub(indent + name.len());
                    writeln!(self.f, "{base:8}{tag_size:8}  {:indent$}{name}{:pad$} (tag)", "", "")?;
                }
                let end = base.saturating_add(layout.size);
                self.variants(variants, base, base.saturating_add(tag_size), end, depth)
            }
            _ if depth == 0 => self.row(layout, "", base, depth),
            _ => Ok(()),
        }
    }

    fn variants(
        &mut self,
        variants: &[Variant<'_>],
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
            if !self.takes_row() {
                break;
            }
            let (name, discriminant, indent) = (Shown(variant.name), variant.discriminant, 2 * depth);
            writeln!(self.f, "{:18}{:indent$}{name} = {discriminant}:", "", "")?;
            let last = self.fields(variant.fields, base, after_tag, depth + 1, Gap::Hole)?;
            if !variant.fields.is_empty() {
                self.gap(last, end, Gap::Hole)?;
            }
        }
        (self.hole_bytes, self.holes) = (hole_bytes, holes);
        Ok(())
    }

    /// The rows of `fields` by ascending offset; returns the offset behind the last one.
    fn fields(
        &mut self,
        fields: &[Field<'_>],
        base: usize,
        start: usize,
        depth: usize,
        gap: Gap,
    ) -> Result<usize, fmt::Error> {
        let mut end = start;
        for field in ByOffset::of(fields) {
            if self.is_cut {
                break;
            }
            let offset = base.saturating_add(field.offset);
            self.gap(end, offset, gap)?;
            self.row(field.layout, field.name, offset, depth)?;
            if field.layout.size > 0 && !matches!(field.layout.kind, Kind::Opaque { .. }) {
                self.insides(field.layout, offset, depth + 1)?;
            }
            end = end.max(offset.saturating_add(field.layout.size));
        }
        Ok(end)
    }

    fn row(&mut self, layout: &Layout<'_>, name: &str, offset: usize, depth: usize) -> fmt::Result {
        if !self.begins(offset)? {
            return Ok(());
        }
        let size = layout.size;
        let line = RowName { layout, name, depth };
        writeln!(self.f, "{offset:8}{size:8}  {line}")
    }

    fn gap(&mut self, from: usize, to: usize, gap: Gap) -> fmt::Result {
        if from >= to || !self.begins(from)? {
            return Ok(());
        }
        let size = to - from;
        if gap == Gap::Hole {
            // A tree that was read from a region may say anything.
            self.hole_bytes = self.hole_bytes.saturating_add(size);
            self.holes += 1;
        }
        let word = if gap == Gap::Hole { "hole" } else { "private" };
        writeln!(self.f, "{from:8}{size:8}  {:TYPE_WIDTH$} -- {word} --", "")
    }

    /// Takes a row, and draws the border before it; `false` if there are no more rows.
    fn begins(&mut self, offset: usize) -> Result<bool, fmt::Error> {
        let takes_row = self.takes_row();
        if takes_row {
            self.border(offset)?;
        }
        Ok(takes_row)
    }

    fn takes_row(&mut self) -> bool {
        self.is_cut |= self.rows_left == 0;
        self.rows_left = self.rows_left.saturating_sub(1);
        !self.is_cut
    }

    /// Draws a border if `offset` lies in a cache line that no row has begun yet.
    fn border(&mut self, offset: usize) -> fmt::Result {
        if offset < self.next_line {
            return Ok(());
        }
        let line = offset / CACHE_LINE;
        let ago = offset % CACHE_LINE;
        self.next_line = (line + 1).saturating_mul(CACHE_LINE);
        write!(self.f, "  ------- cache line {line}")?;
        if ago > 0 {
            write!(self.f, ", begun {ago} bytes before")?;
        }
        writeln!(self.f, " -------")
    }
}

/// Fields by ascending offset, and where that is the same, in declaration order. They are in it already but for fields
/// without a size in a `repr(transparent)` type.
struct ByOffset<'a> {
    fields: &'a [Field<'a>],
    is_sorted: bool,
    /// Offset and index of the field before.
    last: Option<(usize, usize)>,
}

impl<'a> ByOffset<'a> {
    fn of(fields: &'a [Field<'a>]) -> Self {
        Self { fields, is_sorted: fields.is_sorted_by_key(|field| field.offset), last: None }
    }
}

impl<'a> Iterator for ByOffset<'a> {
    type Item = &'a Field<'a>;

    fn next(&mut self) -> Option<&'a Field<'a>> {
        let from = match self.last {
            Some((_, index)) if self.is_sorted => index + 1,
            _ => 0,
        };
        let keys = self.fields.iter().enumerate().skip(from).map(|(index, field)| (field.offset, index));
        let mut behind = keys.filter(|key| Some(*key) > self.last);
        let next = if self.is_sorted { behind.next() } else { behind.min() }?;
        self.last = Some(next);
        Some(&self.fields[next.1])
    }
}

/// The last two columns of a row.
struct RowName<'a> {
    layout: &'a Layout<'a>,
    name: &'a str,
    depth: usize,
}

impl fmt::Display for RowName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            return write!(f, "{}", TypeName(self.layout));
        }
        write!(f, "{} {}", Padded(self.layout, 2 * self.depth), Shown(self.name))
    }
}

#[cfg(test)]
mod tests;
