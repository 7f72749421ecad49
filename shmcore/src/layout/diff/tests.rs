//! What a diff says of each kind of difference, word for word, and that it says something of every one.

use proptest::prelude::*;

use super::super::shown::Shown;
use super::super::test_trees::*;
use super::MAX_LINES;
use crate::layout::{Field, Kind, Primitive, TypeLayout, Variant, tree};

fn diff(ours: &TypeLayout, theirs: &TypeLayout) -> String {
    let diff = ours.diff(theirs);
    assert_eq!(diff.is_empty(), ours == theirs);
    diff.to_string()
}

fn struct_with(fields: Vec<Field>) -> TypeLayout {
    struct_of("S", 16, 8, kept_list(fields))
}

fn enum_with(tag: Primitive, variants: Vec<Variant>) -> TypeLayout {
    enum_of("E", 16, 8, tag, kept_list(variants))
}

#[test]
fn equal_layouts_have_no_lines() {
    let layout = struct_with(vec![field("a", 0, U64), field("b", 8, U32)]);
    assert_eq!(diff(&layout, &layout.clone()), "");
}

#[test]
fn layout_that_borrows_is_compared_with_one_that_does_not() {
    let ours = struct_with(vec![field("a", 0, U64)]);
    let text = String::from("S.b");
    let (name, field_name) = text.split_at(1);
    let inside = *U64;
    let fields = [tree::Field { name: &field_name[1..], offset: 8, layout: &inside }];
    let kind = tree::Kind::Struct { fields: &fields };
    let theirs = tree::Layout { name, size: 16, align: 8, kind };
    assert_eq!(
        ours.diff(&theirs).to_string(),
        "S.a: u64 at offset 0 here, absent in the region\n\
         S.b: absent here, u64 at offset 8 in the region"
    );
    assert!(theirs != ours && theirs.diff(&theirs).is_empty());
}

#[test]
fn name_with_a_line_break_forges_no_line() {
    let ours = struct_with(vec![]);
    let theirs = struct_with(vec![field("x\nS.y", 0, U64)]);
    assert_eq!(diff(&ours, &theirs), "S.x\\nS.y: absent here, u64 at offset 0 in the region");
}

#[test]
fn swapped_fields_are_two_lines_with_their_offsets() {
    let ours = struct_with(vec![field("bid", 0, F64), field("ask", 8, F64)]);
    let theirs = struct_with(vec![field("ask", 0, F64), field("bid", 8, F64)]);
    assert_eq!(
        diff(&ours, &theirs),
        "S.bid: f64 at offset 0 here, f64 at offset 8 in the region\n\
         S.ask: f64 at offset 8 here, f64 at offset 0 in the region"
    );
}

#[test]
fn renamed_field_is_absent_on_either_side() {
    let ours = struct_with(vec![field("price", 0, F64)]);
    let theirs = struct_with(vec![field("cost", 0, F64)]);
    assert_eq!(
        diff(&ours, &theirs),
        "S.price: f64 at offset 0 here, absent in the region\n\
         S.cost: absent here, f64 at offset 0 in the region"
    );
}

#[test]
fn wider_field_and_what_it_moves_are_a_line_each() {
    let ours = struct_of("S", 8, 4, kept_list(vec![field("a", 0, U32), field("b", 4, U32)]));
    let theirs = struct_of("S", 16, 8, kept_list(vec![field("a", 0, U64), field("b", 8, U32)]));
    assert_eq!(
        diff(&ours, &theirs),
        "S.a: u32 at offset 0 here, u64 at offset 0 in the region\n\
         S.b: u32 at offset 4 here, u32 at offset 8 in the region"
    );
}

#[test]
fn path_leads_through_structs_arrays_and_variants() {
    let with = |leaf| {
        let inner = kept(struct_of("Inner", 4, 4, kept_list(vec![field("x", 0, leaf)])));
        let list = kept(array(kept(array(inner, 2)), 3));
        enum_with(Primitive::U8, vec![variant("Full", 0, kept_list(vec![field("list", 4, list)]))])
    };
    assert_eq!(
        diff(&with(U32), &with(I32)),
        "E::Full.list[_][_].x: u32 at offset 0 here, i32 at offset 0 in the region"
    );
}

#[test]
fn arrays_of_other_lengths_or_elements_are_shown_as_written() {
    let ours = struct_with(vec![field("a", 0, kept(array(U8, 4))), field("b", 4, kept(array(U16, 2)))]);
    let theirs = struct_with(vec![field("a", 0, kept(array(U8, 5))), field("b", 4, kept(array(U8, 2)))]);
    assert_eq!(
        diff(&ours, &theirs),
        "S.a: [u8; 4] at offset 0 here, [u8; 5] at offset 0 in the region\n\
         S.b: [u16; 2] at offset 4 here, [u8; 2] at offset 4 in the region"
    );
}

#[test]
fn variants_that_were_added_removed_or_renumbered_are_a_line_each() {
    let ours =
        enum_with(Primitive::U8, vec![variant("A", 0, &[]), variant("B", 1, &[]), variant("C", 2, &[])]);
    let theirs =
        enum_with(Primitive::U8, vec![variant("A", 0, &[]), variant("B", -1, &[]), variant("D", 3, &[])]);
    assert_eq!(
        diff(&ours, &theirs),
        "E::B: 1 here, -1 in the region\n\
         E::C: 2 here, absent in the region\n\
         E::D: absent here, 3 in the region"
    );
}

#[test]
fn variants_in_another_order_are_told_though_each_is_the_same() {
    let (a, b) = (variant("A", 0, &[]), variant("B", 1, &[]));
    assert_eq!(
        diff(&enum_with(Primitive::U8, vec![a, b]), &enum_with(Primitive::U8, vec![b, a])),
        "E: declared in one order here, in another in the region"
    );
}

#[test]
fn other_tag_is_a_line() {
    let ours = enum_with(Primitive::U8, vec![variant("A", 0, &[])]);
    let theirs = enum_with(Primitive::I16, vec![variant("A", 0, &[])]);
    assert_eq!(diff(&ours, &theirs), "E: tag u8 here, i16 in the region");
}

#[test]
fn other_alignment_is_a_line_even_beside_other_differences() {
    let ours = struct_of("S", 64, 64, kept_list(vec![field("a", 0, U32)]));
    let only_align = struct_of("S", 4, 4, kept_list(vec![field("a", 0, U32)]));
    assert_eq!(
        diff(&ours, &only_align),
        "S: 64 bytes aligned to 64 here, 4 bytes aligned to 4 in the region"
    );
    let and_field = struct_of("S", 4, 4, kept_list(vec![field("a", 0, I32)]));
    assert_eq!(
        diff(&ours, &and_field),
        "S.a: u32 at offset 0 here, i32 at offset 0 in the region\n\
         S: 64 bytes aligned to 64 here, 4 bytes aligned to 4 in the region"
    );
}

#[test]
fn padding_at_the_end_alone_is_a_line() {
    let ours = struct_of("S", 8, 4, kept_list(vec![field("a", 0, U32)]));
    let theirs = struct_of("S", 4, 4, kept_list(vec![field("a", 0, U32)]));
    assert_eq!(diff(&ours, &theirs), "S: 8 bytes aligned to 4 here, 4 bytes aligned to 4 in the region");
}

#[test]
fn types_of_one_name_are_told_apart_by_kind_or_version() {
    let named = |kind| TypeLayout { name: "X", size: 4, align: 4, kind };
    let number = named(Kind::Primitive(Primitive::U32));
    let opaque = |version| named(Kind::Opaque { version, fields: &[] });
    assert_eq!(diff(&opaque(1), &opaque(2)), "X: X version 1 here, X version 2 in the region");
    assert_eq!(
        diff(&named(Kind::Struct { fields: &[] }), &number),
        "X: X (struct) here, X (u32) in the region"
    );
    assert_eq!(
        diff(&number, &named(Kind::NonZero(Primitive::U32))),
        "X: X (u32) here, X (u32 but not 0) in the region"
    );
}

#[test]
fn number_of_another_width_is_told_by_size() {
    let wide = primitive("usize", Primitive::Usize, 8);
    let narrow = primitive("usize", Primitive::Usize, 4);
    assert_eq!(diff(&wide, &narrow), "usize: 8 bytes aligned to 8 here, 4 bytes aligned to 4 in the region");
}

#[test]
fn lines_end_with_the_hundredth() {
    let lines = diff(doubling(40, U32), doubling(40, I32));
    assert_eq!(lines.lines().count(), MAX_LINES + 1);
    assert!(lines.lines().next().is_some_and(|line| line.starts_with("Double.a.a.a.")));
    assert_eq!(lines.lines().last(), Some("… and more differences"));
    let exactly = |leaf| {
        let fields = (0..MAX_LINES).map(|number| field(String::leak(number.to_string()), 0, leaf));
        struct_with(fields.collect())
    };
    assert_eq!(diff(&exactly(U32), &exactly(I32)).lines().count(), MAX_LINES);
}

#[test]
fn difference_at_the_end_of_an_exponential_layout_is_found_soon() {
    let with = |last| {
        let part = doubling(40, U8);
        struct_with(vec![field("a", 0, part), field("b", 0, part), field("c", 0, last)])
    };
    assert_eq!(diff(&with(U32), &with(I32)), "S.c: u32 at offset 0 here, i32 at offset 0 in the region");
}

proptest! {
    #[test]
    fn every_difference_has_a_line_with_a_path_and_equals_have_none(a in trees(), b in trees()) {
        let a_layout = a.layout();
        for theirs in [a.clone(), b].into_iter().chain(a.changes()) {
            let diff = a_layout.diff(theirs.layout());
            let theirs = theirs.layout();
            let text = diff.to_string();
            prop_assert_eq!(diff.is_empty(), a_layout == theirs);
            prop_assert_eq!(diff.is_empty(), text.is_empty());
            for line in text.split('\n').filter(|_| !diff.is_empty()) {
                prop_assert!(line.starts_with(&Shown(a_layout.name).to_string()) && line.contains(": "), "{}", line);
                prop_assert!(line.contains(" here, ") && line.ends_with(" in the region"), "{}", line);
            }
        }
    }
}
