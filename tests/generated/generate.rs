//! Random definitions that the derive accepts.

use crate::definition::{Body, Def, Field, Len, Prim, Repr, Shape, Ty, Variant};
use crate::model::Model;
use crate::spelling;

/// Limits of one type, so that a run stays short: bytes, and nodes of the layout.
const MAX_SIZE: usize = 1 << 16;
const MAX_NODES: usize = 120;

const NAMES: [&str; 24] = [
    "a",
    "b",
    "value",
    "r#type",
    "r#match",
    "_x",
    "größe",
    "size",
    "align",
    "kind",
    "name",
    "offset",
    "fields",
    "slot",
    "__shm_slot",
    "__shm_0",
    "__shm_d0",
    "__shm_tag",
    "f0",
    "krate",
    "core",
    "shmcore",
    "layout",
    "std",
];

/// The parameters that a field's type may mention.
#[derive(Clone, Copy, Default)]
pub(crate) struct Scope {
    types: usize,
    lens: usize,
}

pub(crate) struct Generator {
    pub(crate) rng: fastrand::Rng,
    /// What was generated so far; the number of a definition is its place here.
    pub(crate) defs: Vec<Def>,
    pub(crate) aliases: usize,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: fastrand::Rng::with_seed(seed), defs: Vec::new(), aliases: 0 }
    }

    /// True `percent` times of a hundred.
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.rng.u32(0..100) < percent
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.rng.usize(0..from.len())].clone()
    }

    fn model(&self) -> Model<'_> {
        Model { defs: &self.defs }
    }

    /// A definition under a new name. It is not added to [`Self::defs`].
    pub(crate) fn def(&mut self, ident: &str) -> Def {
        loop {
            let def = self.attempt(ident.to_owned());
            if self.is_small(&def) {
                return def;
            }
        }
    }

    /// Adds a definition that later ones may use.
    pub(crate) fn add(&mut self, ident: &str) {
        let def = self.def(ident);
        self.defs.push(def);
    }

    /// A concrete type that is an instance of the definition.
    pub(crate) fn instance(&mut self, id: usize) -> Ty {
        self.instance_within(id, Scope::default(), 0)
    }

    fn is_small(&mut self, def: &Def) -> bool {
        self.defs.push(def.clone());
        let ty = self.instance(self.defs.len() - 1);
        let (size, nodes) = (self.model().size_align(&ty).0, self.model().nodes(&ty));
        self.defs.pop();
        size <= MAX_SIZE && nodes <= MAX_NODES
    }

    fn attempt(&mut self, ident: String) -> Def {
        let name = if self.chance(6) { format!("renamed {ident}") } else { ident.clone() };
        let settings = if name == ident { Vec::new() } else { vec![format!("name = {name:?}")] };
        let scope = match self.rng.u32(0..100) {
            0..84 => Scope::default(),
            84..94 => Scope { types: self.rng.usize(1..=2), lens: 0 },
            _ => Scope { types: self.rng.usize(0..=1), lens: 1 },
        };
        let alias = self.chance(8).then(|| self.alias());
        let mut def = Def {
            ident,
            name,
            repr: Repr::default(),
            body: Body::Struct(Shape::Unit, Vec::new()),
            type_params: ["T", "__T", "U"][self.rng.usize(0..2)..][..scope.types]
                .iter()
                .map(|&name| name.to_owned())
                .collect(),
            const_params: (0..scope.lens).map(|_| "N".to_owned()).collect(),
            settings,
            alias: alias.as_ref().map(|(id, text, _)| (*id, text.clone())),
        };
        if self.chance(60) {
            self.make_struct(&mut def, scope);
        } else {
            self.make_enum(&mut def, scope);
        }
        if let Some((id, _, target)) = alias {
            use_alias(&mut def, id, &target);
        }
        def.repr.lines = spelling::repr(&mut self.rng, &mut def.repr.clone());
        def.repr.align = def.repr.align.max(1);
        self.maybe_deny_padding(&mut def);
        def
    }

    fn alias(&mut self) -> (usize, String, Ty) {
        let target = self.ty(Scope::default(), 1);
        self.aliases += 1;
        let id = self.aliases;
        let text = spelling::ty(&mut self.rng, &self.defs, &[], &[], &target);
        (id, text, target)
    }

    fn make_struct(&mut self, def: &mut Def, scope: Scope) {
        if self.chance(14) {
            let fields = self.transparent_fields(scope);
            def.repr.is_transparent = true;
            let (shape, fields) = self.fields(def, fields, scope);
            def.body = Body::Struct(shape, fields);
            return;
        }
        def.repr.is_c = true;
        def.repr.align = self.align();
        let count = self.rng.usize(0..=8);
        let types = (0..count).map(|_| self.ty(scope, 0)).collect();
        let (shape, fields) = self.fields(def, types, scope);
        def.body = Body::Struct(shape, fields);
    }

    /// One field of any type, and others that have neither size nor alignment.
    fn transparent_fields(&mut self, scope: Scope) -> Vec<Ty> {
        let mut types: Vec<Ty> = (0..self.rng.usize(0..=2))
            .map(|_| match self.rng.u32(0..3) {
                0 => Ty::Unit,
                1 => Ty::Phantom(self.pick(&spelling::PHANTOMS)),
                _ => Ty::Array(Box::new(Ty::Unit), Len::Number(self.rng.usize(0..5))),
            })
            .collect();
        if scope.lens > 0 || self.chance(95) {
            let at = self.rng.usize(0..=types.len());
            let ty = self.ty(scope, 0);
            // What has no size may be refused by rustc beside others: it may be `repr(C)` inside.
            let parameters = vec![Ty::Prim(Prim::U8); scope.types];
            let lens = vec![Len::Number(1); scope.lens];
            let has_size = !matches!(ty, Ty::Param(_) | Ty::PhantomOf(_) | Ty::Phantom(_) | Ty::Unit)
                && self.size_with(&ty, &parameters, &lens) > 0;
            if has_size || matches!(ty, Ty::Param(_)) {
                types.insert(at, ty);
            } else {
                types.insert(at, Ty::Prim(self.pick(&Prim::ALL)));
            }
        }
        types
    }

    fn size_with(&mut self, ty: &Ty, types: &[Ty], lens: &[Len]) -> usize {
        let field = Field {
            member: String::new(),
            name: String::new(),
            is_renamed: false,
            ty: ty.clone(),
            text: String::new(),
        };
        self.defs.push(Def {
            ident: String::new(),
            name: String::new(),
            repr: Repr { is_c: true, ..Repr::default() },
            body: Body::Struct(Shape::Tuple, vec![field]),
            type_params: Vec::new(),
            const_params: Vec::new(),
            settings: Vec::new(),
            alias: None,
        });
        let size = self.model().layout(self.defs.len() - 1, types, lens).size;
        self.defs.pop();
        size
    }

    /// Gives names to fields, and uses every type parameter.
    fn fields(&mut self, def: &Def, mut types: Vec<Ty>, scope: Scope) -> (Shape, Vec<Field>) {
        for index in 0..scope.types {
            if !types.iter().any(|ty| mentions(ty, index)) {
                types.push(Ty::PhantomOf(Box::new(Ty::Param(index))));
            }
        }
        let shape = match self.rng.u32(0..10) {
            0..7 => Shape::Named,
            _ if types.is_empty() && self.rng.bool() => Shape::Unit,
            _ => Shape::Tuple,
        };
        let mut names = NAMES;
        self.rng.shuffle(&mut names);
        let fields = types.into_iter().enumerate().map(|(index, ty)| {
            let text = spelling::ty(&mut self.rng, &self.defs, &def.type_params, &def.const_params, &ty);
            let member = if shape == Shape::Named { names[index].to_owned() } else { index.to_string() };
            let is_renamed = self.rng.u32(0..100) < 3;
            let name = if is_renamed {
                format!("field {index} {{of}} this")
            } else {
                member.trim_start_matches("r#").to_owned()
            };
            Field { member, name, is_renamed, ty, text }
        });
        (shape, fields.collect())
    }

    fn make_enum(&mut self, def: &mut Def, scope: Scope) {
        match self.rng.u32(0..100) {
            0..6 => def.repr.is_transparent = true,
            6..56 => def.repr.int = Some(self.pick(&Prim::INTEGERS)),
            56..80 => def.repr.is_c = true,
            _ => {
                def.repr.is_c = true;
                def.repr.int = Some(self.pick(&Prim::INTEGERS));
            }
        }
        if !def.repr.is_transparent {
            def.repr.align = self.align();
        }
        let count = if def.repr.is_transparent { 1 } else { self.rng.usize(1..=6) };
        let has_data = def.repr.is_transparent || scope.types > 0 || self.chance(65);
        // Without an integer in the `repr`, explicit discriminants are for enums without data only.
        let may_be_explicit = !def.repr.is_transparent && (def.repr.int.is_some() || !has_data);
        let default = self.chance(70).then(|| self.rng.usize(0..count));
        let mut variants: Vec<Variant> = Vec::new();
        for index in 0..count {
            let is_last = index + 1 == count;
            let types = if def.repr.is_transparent {
                self.transparent_fields(scope)
            } else if has_data {
                (0..self.rng.usize(0..=4)).map(|_| self.ty(scope, 0)).collect()
            } else {
                Vec::new()
            };
            let rest = if is_last { unused(&variants, scope) } else { Scope::default() };
            let (mut shape, fields) = self.fields(def, types, rest);
            if !has_data {
                shape = Shape::Unit;
            }
            let ident = format!("V{index}");
            let name = if self.chance(4) { format!("variant {index}") } else { ident.clone() };
            let (discriminant, expression) =
                spelling::discriminant(&mut self.rng, def.repr.int, &variants, may_be_explicit);
            let is_default = default == Some(index);
            variants.push(Variant { ident, name, shape, fields, expression, discriminant, is_default });
        }
        if def.repr.int.is_some() && variants.iter().all(|variant| variant.shape == Shape::Unit) {
            // rustc refuses `C` and an integer together on an enum of unit variants.
            def.repr.is_c = false;
        }
        def.body = Body::Enum(variants);
    }

    fn align(&mut self) -> usize {
        match self.rng.u32(0..100) {
            0..82 => 1,
            82..98 => 1 << self.rng.u32(0..=7),
            _ => 1 << self.rng.u32(8..=12),
        }
    }

    fn maybe_deny_padding(&mut self, def: &mut Def) {
        if def.is_generic() || !matches!(def.body, Body::Struct(..)) || !self.chance(30) {
            return;
        }
        self.defs.push(def.clone());
        let ty = Ty::Def(self.defs.len() - 1, Vec::new(), Vec::new());
        if !self.model().has_padding(&ty) {
            def.settings.push("deny_padding".to_owned());
        }
        self.defs.pop();
    }

    /// A type of the accepted pool.
    pub(crate) fn ty(&mut self, scope: Scope, depth: usize) -> Ty {
        let choice = if depth > 2 { self.rng.u32(0..60) } else { self.rng.u32(0..100) };
        match choice {
            0..30 if scope.types > 0 && self.rng.bool() => Ty::Param(self.rng.usize(0..scope.types)),
            0..38 => Ty::Prim(self.pick(&Prim::ALL)),
            38..48 => Ty::Atomic(self.pick(&Prim::ATOMIC)),
            48..52 => Ty::NonZero(self.pick(&Prim::INTEGERS)),
            52..56 => Ty::OptionNonZero(self.pick(&Prim::INTEGERS)),
            56..58 => Ty::Unit,
            58 if scope.types > 0 => Ty::PhantomOf(Box::new(Ty::Param(self.rng.usize(0..scope.types)))),
            58 => Ty::Phantom(self.pick(&spelling::PHANTOMS)),
            59..63 => Ty::Wrapping(Box::new(self.ty(scope, depth + 1))),
            63..67 => Ty::MaybeUninit(Box::new(self.ty(scope, depth + 1))),
            67..80 => {
                let element = self.ty(scope, depth + 1);
                let len = match self.rng.u32(0..10) {
                    _ if scope.lens > 0 && self.rng.bool() => Len::Param(self.rng.usize(0..scope.lens)),
                    0 => Len::Number(0),
                    9 if matches!(element, Ty::Prim(_)) => Len::Number(self.rng.usize(33..500)),
                    _ => Len::Number(self.rng.usize(1..=9)),
                };
                Ty::Array(Box::new(element), len)
            }
            _ if self.defs.is_empty() => Ty::Prim(Prim::U64),
            _ => {
                // Often a late one, so that types nest deep.
                let count = self.defs.len();
                let from = if self.rng.bool() { count.saturating_sub(20) } else { 0 };
                let id = self.rng.usize(from..count);
                self.instance_within(id, scope, depth + 1)
            }
        }
    }

    fn instance_within(&mut self, id: usize, scope: Scope, depth: usize) -> Ty {
        let (types, lens) = (self.defs[id].type_params.len(), self.defs[id].const_params.len());
        let types = (0..types).map(|_| self.ty(scope, depth + 2)).collect();
        let lens = (0..lens)
            .map(|_| match scope.lens {
                1.. if self.rng.bool() => Len::Param(self.rng.usize(0..scope.lens)),
                _ => Len::Number(self.rng.usize(0..=7)),
            })
            .collect();
        Ty::Def(id, types, lens)
    }
}

/// The type parameters that no variant mentions. Parameters are used from the first one on, so that the rest is told
/// by a number; where the last variant comes, `fields` adds what is missing.
fn unused(variants: &[Variant], scope: Scope) -> Scope {
    let fields = || variants.iter().flat_map(|variant| &variant.fields);
    let all_used = (0..scope.types).all(|index| fields().any(|field| mentions(&field.ty, index)));
    if all_used { Scope::default() } else { scope }
}

fn mentions(ty: &Ty, index: usize) -> bool {
    match ty {
        Ty::Param(number) => *number == index,
        Ty::Wrapping(inner) | Ty::MaybeUninit(inner) | Ty::Array(inner, _) | Ty::PhantomOf(inner) => {
            mentions(inner, index)
        }
        Ty::Def(_, types, _) => types.iter().any(|ty| mentions(ty, index)),
        _ => false,
    }
}

/// Writes the alias instead of one field's type.
fn use_alias(def: &mut Def, id: usize, target: &Ty) {
    if def.repr.is_transparent {
        return;
    }
    let fields = match &mut def.body {
        Body::Struct(_, fields) => fields,
        Body::Enum(variants) => &mut variants[0].fields,
    };
    if let Some(field) =
        fields.iter_mut().find(|field| !matches!(field.ty, Ty::Param(_) | Ty::PhantomOf(_) | Ty::Def(..)))
        && !matches!(&field.ty, ty if (0..2).any(|index| mentions(ty, index)))
    {
        field.ty = Ty::Alias(id, Box::new(target.clone()));
        field.text = format!("A{id}");
    }
}
