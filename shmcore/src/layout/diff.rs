//! The comparison of two layouts: one line for each difference, with the path of the field.
//!
//! It is apart from rendering because it walks two trees at once. Nothing is allocated: the path to a node is
//! a list of stack frames, and lines go straight to the formatter.

use core::fmt;

use super::path::Path;
use super::render::TypeName;
use super::type_layout::{Field, Kind, Layout, Variant};

/// The differences between the layout here and the layout of a region; made by [`Layout::diff`].
///
/// [`Display`](fmt::Display) writes one line a difference, without a line break after the last, and after 100 lines
/// one that says that there are more. The offset of a field counts from the start of the struct or enum that holds it.
/// Control characters in names are written as escapes.
///
/// # Examples
///
/// ```
/// mod old {
///     #[derive(shmcore::ShmSafe)]
///     #[repr(C)]
///     pub struct Order { pub id: u32, pub price: u64 }
/// }
/// mod new {
///     #[derive(shmcore::ShmSafe)]
///     #[repr(C)]
///     pub struct Order { pub id: u32, pub price: f64 }
/// }
/// use shmcore::ShmSafe;
///
/// let diff = new::Order::LAYOUT.diff(old::Order::LAYOUT);
/// assert_eq!(diff.to_string(), "Order.price: f64 at offset 8 here, u64 at offset 8 in the region");
/// ```
#[derive(Clone, Copy)]
pub struct LayoutDiff<'a> {
    ours: &'a Layout<'a>,
    theirs: &'a Layout<'a>,
}

impl Layout<'_> {
    /// Compares this layout, "here", with `theirs`, "in the region".
    ///
    /// # Examples
    ///
    /// ```
    /// use shmcore::ShmSafe;
    ///
    /// assert!(u32::LAYOUT.diff(u32::LAYOUT).is_empty());
    /// assert_eq!(u32::LAYOUT.diff(i32::LAYOUT).to_string(), "u32: u32 here, i32 in the region");
    /// ```
    #[must_use]
    pub const fn diff<'a>(&'a self, theirs: &'a Layout<'a>) -> LayoutDiff<'a> {
        LayoutDiff { ours: self, theirs }
    }
}

impl LayoutDiff<'_> {
    /// Whether the layouts are equal. A difference that is not empty has at least one line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ours == self.theirs
    }
}

/// A part that is shared differs once for each way that leads to it, so the number of differences may be exponential
/// in the number of types.
const MAX_LINES: usize = 100;

impl fmt::Display for LayoutDiff<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Lines { f, written: 0, more: false };
        lines.types(&Path::Root(self.ours.name), self.ours, self.theirs)?;
        if lines.more { f.write_str("\n… and more differences") } else { Ok(()) }
    }
}

/// The same lines: an error that carries a diff is often shown by `unwrap`.
impl fmt::Debug for LayoutDiff<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LayoutDiff({self})")
    }
}

/// The type's name, and its kind as well where the names alone do not tell two types apart.
struct Head<'a> {
    layout: &'a Layout<'a>,
    other: &'a Layout<'a>,
}

impl fmt::Display for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", TypeName(self.layout))?;
        if self.layout.name != self.other.name {
            return Ok(());
        }
        match (&self.layout.kind, &self.other.kind) {
            (Kind::Opaque { version, .. }, Kind::Opaque { .. }) => write!(f, " version {version}"),
            (Kind::Array { .. }, Kind::Array { .. }) => Ok(()),
            (Kind::Primitive(primitive), _) => write!(f, " ({})", primitive.name()),
            (Kind::NonZero(primitive), _) => write!(f, " ({} but not 0)", primitive.name()),
            (Kind::Array { .. }, _) => f.write_str(" (array)"),
            (Kind::Struct { .. }, _) => f.write_str(" (struct)"),
            (Kind::Enum { .. }, _) => f.write_str(" (enum)"),
            (Kind::Opaque { .. }, _) => f.write_str(" (opaque)"),
        }
    }
}

/// Whether two nodes are of one type, so that only their parts can differ.
fn same_head(ours: &Layout<'_>, theirs: &Layout<'_>) -> bool {
    ours.name == theirs.name
        && match (&ours.kind, &theirs.kind) {
            (Kind::Primitive(a), Kind::Primitive(b)) | (Kind::NonZero(a), Kind::NonZero(b)) => a == b,
            (Kind::Array { element: a, len: n }, Kind::Array { element: b, len: m }) => {
                n == m && same_head(a, b)
            }
            (Kind::Opaque { version: a, .. }, Kind::Opaque { version: b, .. }) => a == b,
            (Kind::Struct { .. }, Kind::Struct { .. }) | (Kind::Enum { .. }, Kind::Enum { .. }) => true,
            _ => false,
        }
}

/// The alignment that `align` adds to what the fields demand; 0 if none.
fn explicit_align(layout: &Layout<'_>) -> usize {
    match layout.kind {
        Kind::Struct { fields } => {
            let natural = fields.iter().map(|field| field.layout.align).max().unwrap_or(1);
            if layout.align > natural { layout.align } else { 0 }
        }
        _ => 0,
    }
}

/// Writes lines, and counts them so that a node knows whether its parts explain its difference.
struct Lines<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    written: usize,
    /// Whether there are differences without a line.
    more: bool,
}

impl Lines<'_, '_> {
    fn line(&mut self, line: fmt::Arguments<'_>) -> fmt::Result {
        if self.written == MAX_LINES {
            self.more = true;
            return Ok(());
        }
        if self.written > 0 {
            self.f.write_str("\n")?;
        }
        self.written += 1;
        self.f.write_fmt(line)
    }

    fn types(&mut self, path: &Path<'_>, ours: &Layout<'_>, theirs: &Layout<'_>) -> fmt::Result {
        if !same_head(ours, theirs) {
            let (here, there) = (Head { layout: ours, other: theirs }, Head { layout: theirs, other: ours });
            return self.line(format_args!("{path}: {here} here, {there} in the region"));
        }
        self.parts(path, ours, theirs)
    }

    /// Compares the insides of two nodes with equal heads.
    fn parts(&mut self, path: &Path<'_>, ours: &Layout<'_>, theirs: &Layout<'_>) -> fmt::Result {
        // Behind the last line, the first difference is the last that is looked for.
        if self.more || ours == theirs {
            return Ok(());
        }
        let before = self.written;
        match (&ours.kind, &theirs.kind) {
            (Kind::Array { element: ours, .. }, Kind::Array { element: theirs, .. }) => {
                self.parts(&Path::Elements(path), ours, theirs)?;
            }
            (Kind::Struct { fields: ours }, Kind::Struct { fields: theirs })
            | (Kind::Opaque { fields: ours, .. }, Kind::Opaque { fields: theirs, .. }) => {
                self.fields(path, ours, theirs)?;
            }
            (Kind::Enum { tag: a, variants: ours }, Kind::Enum { tag: b, variants: theirs }) => {
                if a != b {
                    self.line(format_args!("{path}: tag {} here, {} in the region", a.name(), b.name()))?;
                }
                self.variants(path, ours, theirs)?;
            }
            _ => {}
        }
        let is_aligned_otherwise =
            ours.align != theirs.align && explicit_align(ours) != explicit_align(theirs);
        if (self.written == before && !self.more) || is_aligned_otherwise {
            self.size(path, ours, theirs)?;
        }
        Ok(())
    }

    /// The line for a node whose parts do not explain the difference.
    fn size(&mut self, path: &Path<'_>, ours: &Layout<'_>, theirs: &Layout<'_>) -> fmt::Result {
        if (ours.size, ours.align) == (theirs.size, theirs.align) {
            return self.line(format_args!("{path}: declared in one order here, in another in the region"));
        }
        self.line(format_args!(
            "{path}: {} bytes aligned to {} here, {} bytes aligned to {} in the region",
            ours.size, ours.align, theirs.size, theirs.align
        ))
    }

    fn fields(&mut self, path: &Path<'_>, ours: &[Field<'_>], theirs: &[Field<'_>]) -> fmt::Result {
        for our in ours {
            let path = Path::Field(path, our.name);
            let Some(their) = theirs.iter().find(|their| their.name == our.name) else {
                let name = TypeName(our.layout);
                self.line(format_args!(
                    "{path}: {name} at offset {} here, absent in the region",
                    our.offset
                ))?;
                continue;
            };
            let same_type = same_head(our.layout, their.layout);
            if !same_type || our.offset != their.offset {
                let here =
                    Head { layout: our.layout, other: if same_type { &NOTHING } else { their.layout } };
                let there =
                    Head { layout: their.layout, other: if same_type { &NOTHING } else { our.layout } };
                self.line(format_args!(
                    "{path}: {here} at offset {} here, {there} at offset {} in the region",
                    our.offset, their.offset
                ))?;
            }
            if same_type {
                self.parts(&path, our.layout, their.layout)?;
            }
        }
        for their in theirs.iter().filter(|their| ours.iter().all(|our| our.name != their.name)) {
            let path = Path::Field(path, their.name);
            let name = TypeName(their.layout);
            self.line(format_args!("{path}: absent here, {name} at offset {} in the region", their.offset))?;
        }
        Ok(())
    }

    fn variants(&mut self, path: &Path<'_>, ours: &[Variant<'_>], theirs: &[Variant<'_>]) -> fmt::Result {
        for our in ours {
            let path = Path::Variant(path, our.name);
            let Some(their) = theirs.iter().find(|their| their.name == our.name) else {
                self.line(format_args!("{path}: {} here, absent in the region", our.discriminant))?;
                continue;
            };
            if our.discriminant != their.discriminant {
                self.line(format_args!(
                    "{path}: {} here, {} in the region",
                    our.discriminant, their.discriminant
                ))?;
            }
            self.fields(&path, our.fields, their.fields)?;
        }
        for their in theirs.iter().filter(|their| ours.iter().all(|our| our.name != their.name)) {
            let path = Path::Variant(path, their.name);
            self.line(format_args!("{path}: absent here, {} in the region", their.discriminant))?;
        }
        Ok(())
    }
}

/// A layout whose name no other has: a head compared with it shows its name only.
const NOTHING: Layout<'static> = Layout { name: "", size: 0, align: 1, kind: Kind::Struct { fields: &[] } };

#[cfg(test)]
mod tests;
