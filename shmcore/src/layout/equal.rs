//! Equality of two layouts: a walk over both trees that ends soon however often they share a part.
//!
//! A derived comparison would visit a shared part once for each way that leads to it: where each struct holds the one
//! before twice, 2 to the power of the depth times. It is apart from the diff because it answers yes or no only.

use super::type_layout::{Field, Kind, Layout, Variant};

impl PartialEq for Layout<'_> {
    fn eq(&self, other: &Self) -> bool {
        Seen::default().types(self, other)
    }
}

impl Eq for Layout<'_> {}

/// A part that is shared is met again soon after it was seen: a few pairs are enough, and searched quickly.
const CAPACITY: usize = 64;

/// The pairs of nodes that were found equal last, by their addresses.
///
/// They are held by reference for the whole comparison, so an address stands for one node.
struct Seen<'a> {
    pairs: [Option<(&'a Layout<'a>, &'a Layout<'a>)>; CAPACITY],
    next: usize,
}

impl Default for Seen<'_> {
    fn default() -> Self {
        Self { pairs: [None; CAPACITY], next: 0 }
    }
}

impl<'a> Seen<'a> {
    fn types(&mut self, a: &'a Layout<'a>, b: &'a Layout<'a>) -> bool {
        if core::ptr::eq(a, b) {
            return true;
        }
        if (a.name, a.size, a.align) != (b.name, b.size, b.align) {
            return false;
        }
        if let (Kind::Primitive(a), Kind::Primitive(b)) | (Kind::NonZero(a), Kind::NonZero(b)) =
            (&a.kind, &b.kind)
        {
            return a == b;
        }
        let is_pair = |pair: &Option<(&Layout<'_>, &Layout<'_>)>| {
            pair.is_some_and(|(left, right)| core::ptr::eq(left, a) && core::ptr::eq(right, b))
        };
        if self.pairs.iter().any(is_pair) {
            return true;
        }
        if !self.kinds(&a.kind, &b.kind) {
            return false;
        }
        self.pairs[self.next] = Some((a, b));
        self.next = (self.next + 1) % CAPACITY;
        true
    }

    fn kinds(&mut self, a: &'a Kind<'a>, b: &'a Kind<'a>) -> bool {
        match (a, b) {
            (Kind::Array { element: a, len: n }, Kind::Array { element: b, len: m }) => {
                n == m && self.types(a, b)
            }
            (Kind::Struct { fields: a }, Kind::Struct { fields: b }) => self.fields(a, b),
            (Kind::Enum { tag: s, variants: a }, Kind::Enum { tag: t, variants: b }) => {
                s == t && self.variants(a, b)
            }
            (Kind::Opaque { version: v, fields: a }, Kind::Opaque { version: w, fields: b }) => {
                v == w && self.fields(a, b)
            }
            _ => false,
        }
    }

    fn fields(&mut self, a: &'a [Field<'a>], b: &'a [Field<'a>]) -> bool {
        a.len() == b.len()
            && a.iter()
                .zip(b)
                .all(|(a, b)| a.name == b.name && a.offset == b.offset && self.types(a.layout, b.layout))
    }

    fn variants(&mut self, a: &'a [Variant<'a>], b: &'a [Variant<'a>]) -> bool {
        a.len() == b.len()
            && a.iter().zip(b).all(|(a, b)| {
                a.name == b.name && a.discriminant == b.discriminant && self.fields(a.fields, b.fields)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_trees::*;

    // A failure must not print such trees: `assert_eq!` would go on for ever.
    #[test]
    fn parts_that_are_shared_are_compared_once() {
        assert!(doubling(40, U32) == doubling(40, U32));
        assert!(doubling(40, U32) != doubling(40, I32));
        assert!(doubling(40, U32) != doubling(41, U32));
        assert!(doubling(400, U32) == doubling(400, U32));
    }

    #[test]
    fn difference_behind_equal_parts_is_found() {
        let with = |last| {
            let part = doubling(30, U8);
            struct_of(
                "S",
                0,
                1,
                kept_list(vec![field("a", 0, part), field("b", 0, part), field("c", 0, last)]),
            )
        };
        assert!(with(U32) != with(I32));
        assert!(with(U32) == with(U32));
    }
}
