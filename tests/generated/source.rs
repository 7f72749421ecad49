//! Rust text: of definitions, and of the table with which the generated crate reports on them.

use std::fmt::Write;

use crate::bytes::{Value, patches};
use crate::definition::{Body, Def, Field, Shape, Ty};
use crate::model::Model;

/// The first lines of each file with definitions.
pub(crate) const IMPORTS: &str = "\
#[allow(unused_imports)] use core::{marker::PhantomData, mem::MaybeUninit, num::*, sync::atomic::*};
#[allow(unused_imports)] use shmcore::ShmSafe;
";

/// The definition, with its alias before it.
pub(crate) fn def(def: &Def) -> String {
    let mut out = String::new();
    if let Some((id, text)) = &def.alias {
        out += &format!("pub type A{id} = {text};\n");
    }
    out += "#[derive(ShmSafe)]\n";
    if !def.settings.is_empty() {
        out += &format!("#[shm({})]\n", def.settings.join(", "));
    }
    for line in &def.repr.lines {
        out += line;
        out += "\n";
    }
    let mut parameters: Vec<String> = def.type_params.clone();
    parameters.extend(def.const_params.iter().map(|name| format!("const {name}: usize")));
    let parameters =
        if parameters.is_empty() { String::new() } else { format!("<{}>", parameters.join(", ")) };
    match &def.body {
        Body::Struct(shape, fields) => {
            out += &format!("pub struct {}{parameters}{}", def.ident, self::fields(*shape, fields, "pub "));
            out += if *shape == Shape::Named { "\n" } else { ";\n" };
        }
        Body::Enum(variants) => {
            out += &format!("pub enum {}{parameters} {{\n", def.ident);
            for variant in variants {
                if variant.is_default {
                    out += "    #[default]\n";
                }
                if variant.name != variant.ident {
                    out += &format!("    #[shm(name = {:?})]\n", variant.name);
                }
                out += &format!("    {}{}", variant.ident, self::fields(variant.shape, &variant.fields, ""));
                if let Some(expression) = &variant.expression {
                    out += &format!(" = {expression}");
                }
                out += ",\n";
            }
            out += "}\n";
        }
    }
    out
}

fn fields(shape: Shape, fields: &[Field], visibility: &str) -> String {
    let mut list = String::new();
    for field in fields {
        if field.is_renamed {
            list += &format!("#[shm(name = {:?})] ", field.name);
        }
        list += visibility;
        if shape == Shape::Named {
            list += &format!("{}: ", field.member);
        }
        list += &format!("{}, ", field.text);
    }
    match shape {
        Shape::Named => format!(" {{ {list}}}"),
        Shape::Tuple => format!("({list})"),
        Shape::Unit => String::new(),
    }
}

/// A concrete type with the arguments that an expression needs: `G::<u8, 3>`.
pub(crate) fn instance(defs: &[Def], ty: &Ty) -> String {
    crate::spelling::ty(&mut fastrand::Rng::with_seed(0), defs, &[], &[], ty)
}

/// The entry of the table for one concrete type, and what it needs besides.
pub(crate) fn case(model: &Model<'_>, label: &str, ty: &Ty) -> (String, String) {
    let Ty::Def(id, ..) = ty else { unreachable!("cases are definitions") };
    let text = instance(model.defs, ty);
    let mut support = String::new();
    let mut samples = String::new();
    if let Body::Enum(variants) = &model.defs[*id].body
        && variants.iter().any(|variant| !variant.fields.is_empty())
    {
        let ident = &model.defs[*id].ident;
        write!(
            support,
            "type Of_{label} = {text};\n\
             fn variants_{label}(p: *const u8) -> Vec<usize> {{ match unsafe {{ &*p.cast::<Of_{label}>() }} {{\n"
        )
        .expect("a string takes all");
        for (index, variant) in variants.iter().enumerate() {
            let bound = variant.fields.iter().enumerate();
            let bound: Vec<_> = bound.map(|(number, field)| format!("{}: f{number}", field.member)).collect();
            let places = (0..variant.fields.len()).map(|number| format!("addr(f{number}) - addr(p)"));
            let numbers: Vec<_> = std::iter::once(index.to_string()).chain(places).collect();
            support += &format!(
                "    {ident}::{} {{ {} }} => vec![{}],\n",
                variant.ident,
                bound.join(", "),
                numbers.join(", ")
            );
            let mut bytes = vec![0; model.size_align(ty).0];
            model.write_variant(ty, index, Value::Sample, &mut bytes);
            samples += &format!("&{:?}, ", patches(&bytes)).replace("[(", "[(").replace(", [", ", &[");
        }
        support += "} }\n";
        return (format!("case!({label:?}, {text}, Some((variants_{label}, &[{samples}])))"), support);
    }
    (format!("case!({label:?}, {text}, None)"), support)
}

/// The line that the generated crate must print for the type. `?` stands for a number that is left open.
pub(crate) fn expected(model: &Model<'_>, label: &str, ty: &Ty) -> String {
    let Ty::Def(id, types, lens) = ty else { unreachable!("cases are definitions") };
    let (size, align) = model.size_align(ty);
    let (pod, immutable) = (model.is_pod(ty), model.is_immutable(ty));
    let default = if model.has_default(ty) {
        let mut bytes = vec![0; size];
        model.write(ty, Value::Default, &mut bytes);
        format!("{:?}", patches(&bytes))
    } else {
        "none".to_owned()
    };
    let mut text = String::new();
    model.text(ty, &mut text);
    let mut variants = Vec::new();
    if let Body::Enum(of) = &model.defs[*id].body
        && of.iter().any(|variant| !variant.fields.is_empty())
    {
        let layout = model.layout(*id, types, lens);
        let (_, parts) = model.parts(*id, types, lens);
        for (index, offsets) in layout.offsets.iter().enumerate() {
            let mut numbers = vec![index.to_string()];
            numbers.extend(offsets.iter().zip(&parts[index]).map(|(offset, ty)| {
                let is_open = layout.tag.is_none() && model.size_align(ty).0 == 0;
                if is_open { "?".to_owned() } else { offset.to_string() }
            }));
            variants.push(numbers.join(", "));
        }
    }
    format!("{label}|{size}|{align}|{pod}|{immutable}|{default}|{text}|{}", variants.join("; "))
}

/// Whether `actual` is what `expected` says, with any number where that has `?`.
pub(crate) fn agrees(expected: &str, actual: &str) -> bool {
    let mut rest = actual;
    let mut pieces = expected.split('?');
    let Some(mut rest_after) = pieces.next().and_then(|first| rest.strip_prefix(first)) else { return false };
    for piece in pieces {
        rest = rest_after.trim_start_matches(|digit: char| digit.is_ascii_digit());
        let Some(next) = rest.strip_prefix(piece) else { return false };
        rest_after = next;
    }
    rest_after.is_empty()
}
