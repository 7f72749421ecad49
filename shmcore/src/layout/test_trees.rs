//! Layouts for the tests of this folder: ones that are written by hand, and ones that grow without end.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Field, Kind, Primitive, TypeLayout, Variant};

pub(super) const U8: &TypeLayout = &primitive("u8", Primitive::U8, 1);
pub(super) const U16: &TypeLayout = &primitive("u16", Primitive::U16, 2);
pub(super) const U32: &TypeLayout = &primitive("u32", Primitive::U32, 4);
pub(super) const I32: &TypeLayout = &primitive("i32", Primitive::I32, 4);
pub(super) const U64: &TypeLayout = &primitive("u64", Primitive::U64, 8);
pub(super) const F64: &TypeLayout = &primitive("f64", Primitive::F64, 8);
pub(super) const UNIT: &TypeLayout = &struct_of("()", 0, 1, &[]);

pub(super) const fn primitive(name: &'static str, primitive: Primitive, size: usize) -> TypeLayout {
    TypeLayout { name, size, align: size, kind: Kind::Primitive(primitive) }
}

pub(super) const fn struct_of(
    name: &'static str,
    size: usize,
    align: usize,
    fields: &'static [Field],
) -> TypeLayout {
    TypeLayout { name, size, align, kind: Kind::Struct { fields } }
}

pub(super) const fn enum_of(
    name: &'static str,
    size: usize,
    align: usize,
    tag: Primitive,
    variants: &'static [Variant],
) -> TypeLayout {
    TypeLayout { name, size, align, kind: Kind::Enum { tag, variants } }
}

pub(super) const fn array(element: &'static TypeLayout, len: usize) -> TypeLayout {
    let (size, align) = (element.size.saturating_mul(len), element.align);
    TypeLayout { name: "array", size, align, kind: Kind::Array { element, len } }
}

pub(super) const fn field(name: &'static str, offset: usize, layout: &'static TypeLayout) -> Field {
    Field { name, offset, layout }
}

pub(super) const fn variant(name: &'static str, discriminant: i128, fields: &'static [Field]) -> Variant {
    Variant { name, discriminant, fields }
}

/// Keeps a value for the rest of the test's process, as constants are kept.
pub(super) fn kept<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(super) fn kept_list<T>(list: Vec<T>) -> &'static [T] {
    list.leak()
}

/// `depth` structs, each of which holds the one before twice, once behind an array: 2 to the power of `depth` leaves.
pub(super) fn doubling(depth: u32, leaf: &'static TypeLayout) -> &'static TypeLayout {
    let mut layout = leaf;
    for _ in 0..depth {
        let size = layout.size;
        let fields = vec![field("a", 0, layout), field("b", size, kept(array(layout, 1)))];
        layout = kept(struct_of("Double", size.saturating_mul(2), layout.align, kept_list(fields)));
    }
    layout
}

/// A layout that owns its parts, so that proptest can make and shrink it, and that compares by a derived `==`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tree {
    pub(super) name: String,
    pub(super) size: usize,
    pub(super) align: usize,
    pub(super) kind: TreeKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum TreeKind {
    Primitive(Primitive),
    NonZero(Primitive),
    Array(Box<Tree>, usize),
    Struct(Vec<TreeField>),
    Enum(Primitive, Vec<(String, i128, Vec<TreeField>)>),
    Opaque(u32, Vec<TreeField>),
}

/// Name, offset and type.
pub(super) type TreeField = (String, usize, Tree);

impl Tree {
    /// The layout that it stands for.
    pub(super) fn layout(&self) -> &'static TypeLayout {
        let fields = |fields: &[TreeField]| {
            kept_list(
                fields.iter().map(|(name, offset, tree)| field(text(name), *offset, tree.layout())).collect(),
            )
        };
        let kind = match &self.kind {
            TreeKind::Primitive(primitive) => Kind::Primitive(*primitive),
            TreeKind::NonZero(primitive) => Kind::NonZero(*primitive),
            TreeKind::Array(element, len) => Kind::Array { element: element.layout(), len: *len },
            TreeKind::Struct(of) => Kind::Struct { fields: fields(of) },
            TreeKind::Enum(tag, variants) => {
                let variants =
                    variants.iter().map(|(name, value, of)| variant(text(name), *value, fields(of)));
                Kind::Enum { tag: *tag, variants: kept_list(variants.collect()) }
            }
            TreeKind::Opaque(version, of) => Kind::Opaque { version: *version, fields: fields(of) },
        };
        kept(TypeLayout { name: text(&self.name), size: self.size, align: self.align, kind })
    }
}

impl Tree {
    /// Every tree that differs from this one in one place: a name, a number, a kind, the last of a list.
    pub(super) fn changes(&self) -> impl Iterator<Item = Tree> {
        let mut count = Change { left: usize::MAX };
        count.tree(&mut self.clone());
        let places = usize::MAX - count.left;
        (0..places).map(|place| {
            let mut changed = self.clone();
            Change { left: place }.tree(&mut changed);
            changed
        })
    }
}

/// A walk that changes the place with the number `left`.
struct Change {
    left: usize,
}

impl Change {
    fn is_here(&mut self) -> bool {
        self.left = self.left.wrapping_sub(1);
        self.left == usize::MAX
    }

    fn tree(&mut self, tree: &mut Tree) {
        self.name(&mut tree.name);
        self.number(&mut tree.size);
        self.number(&mut tree.align);
        if self.is_here() {
            tree.kind = match &tree.kind {
                TreeKind::Primitive(primitive) => TreeKind::NonZero(*primitive),
                TreeKind::Struct(fields) => TreeKind::Opaque(0, fields.clone()),
                TreeKind::NonZero(_) | TreeKind::Array(..) | TreeKind::Enum(..) | TreeKind::Opaque(..) => {
                    TreeKind::Struct(Vec::new())
                }
            };
            return;
        }
        match &mut tree.kind {
            TreeKind::Primitive(primitive) | TreeKind::NonZero(primitive) => self.primitive(primitive),
            TreeKind::Array(element, len) => {
                self.number(len);
                self.tree(element);
            }
            TreeKind::Struct(fields) => self.fields(fields),
            TreeKind::Enum(tag, variants) => {
                self.primitive(tag);
                for (name, discriminant, fields) in &mut *variants {
                    self.name(name);
                    if self.is_here() {
                        // The next one in the order of the zigzag code.
                        *discriminant = !*discriminant;
                    }
                    self.fields(fields);
                }
                if !variants.is_empty() && self.is_here() {
                    variants.pop();
                }
            }
            TreeKind::Opaque(version, fields) => {
                if self.is_here() {
                    *version ^= 1;
                }
                self.fields(fields);
            }
        }
    }

    fn fields(&mut self, fields: &mut Vec<TreeField>) {
        for (name, offset, tree) in &mut *fields {
            self.name(name);
            self.number(offset);
            self.tree(tree);
        }
        if !fields.is_empty() && self.is_here() {
            fields.pop();
        }
    }

    fn name(&mut self, name: &mut String) {
        if self.is_here() {
            name.push('x');
        }
    }

    fn number(&mut self, number: &mut usize) {
        if self.is_here() {
            *number ^= 1;
        }
    }

    fn primitive(&mut self, primitive: &mut Primitive) {
        if self.is_here() {
            *primitive = if *primitive == Primitive::U8 { Primitive::I8 } else { Primitive::U8 };
        }
    }
}

fn text(text: &str) -> &'static str {
    String::leak(text.to_owned())
}

/// Trees of any form, also ones that no type has. Few names and numbers, so that two of them are often nearly equal.
pub(super) fn trees() -> impl Strategy<Value = Tree> {
    let kind =
        prop_oneof![primitives().prop_map(TreeKind::Primitive), primitives().prop_map(TreeKind::NonZero)];
    let leaf = tree_of(kind);
    leaf.prop_recursive(4, 24, 4, |inner| {
        let fields = || vec((names(), numbers(), inner.clone()), 0..4);
        let value = prop_oneof![Just(0), Just(-1), Just(1), Just(i128::from(u64::MAX)), any::<i128>()];
        let variants = vec((names(), value, fields()), 0..3);
        tree_of(prop_oneof![
            (inner.clone(), numbers()).prop_map(|(element, len)| TreeKind::Array(Box::new(element), len)),
            fields().prop_map(TreeKind::Struct),
            (primitives(), variants).prop_map(|(tag, variants)| TreeKind::Enum(tag, variants)),
            (0_u32..300, fields()).prop_map(|(version, fields)| TreeKind::Opaque(version, fields)),
        ])
    })
}

fn tree_of(kind: impl Strategy<Value = TreeKind>) -> impl Strategy<Value = Tree> {
    (names(), numbers(), numbers(), kind).prop_map(|(name, size, align, kind)| Tree {
        name,
        size,
        align,
        kind,
    })
}

fn primitives() -> impl Strategy<Value = Primitive> {
    select(
        &[Primitive::U8, Primitive::I64, Primitive::U128, Primitive::Usize, Primitive::F64, Primitive::Char]
            [..],
    )
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![select(&["a", "b", "\u{1}", "größe"][..]).prop_map(str::to_owned), "[a-c\u{1}-\u{8}]{0,3}"]
}

fn numbers() -> impl Strategy<Value = usize> {
    prop_oneof![0_usize..4, select(&[63_usize, 64, 127, 128, 300, 16_384, usize::MAX][..])]
}
