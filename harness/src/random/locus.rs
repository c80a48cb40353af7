//! Typed places of a golden request: where something can be done to it, and what stands there.

use super::data::{Data, Type};
use super::shape::Shape;

/// One place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locus {
    /// The path that selects it.
    pub path: String,
    /// The same by roles, without positions.
    pub role: String,
    /// The type of its text.
    pub kind: Type,
    /// The namespace declaration or prefix that it is written with.
    pub name: String,
    /// Whether it is an attribute.
    pub is_attribute: bool,
    /// Whether it holds elements.
    pub has_elements: bool,
    /// Whether it has attributes.
    pub has_attributes: bool,
    /// Its text in the template.
    pub text: String,
}

/// Every element and attribute of a golden request, in document order.
pub(super) fn of(shape: &Shape, data: &Data) -> Vec<Locus> {
    let mut loci = Vec::new();
    walk(shape, &shape.name, &format!("/{}", shape.name), data, &mut loci);
    loci
}

fn walk(shape: &Shape, role: &str, path: &str, data: &Data, loci: &mut Vec<Locus>) {
    let known = data.region(role).map(|region| region.kind);
    loci.push(Locus {
        path: path.to_owned(),
        role: role.to_owned(),
        kind: known.unwrap_or(if shape.children.is_empty() { Type::Any } else { Type::Elements }),
        name: shape.name.clone(),
        is_attribute: false,
        has_elements: !shape.children.is_empty(),
        has_attributes: !shape.attributes.is_empty(),
        text: shape.text.clone(),
    });
    for (name, value) in &shape.attributes {
        let role = format!("{role}/@{name}");
        loci.push(Locus {
            path: format!("{path}/@{name}"),
            kind: data.region(&role).map_or(Type::Any, |region| region.kind),
            role,
            name: name.clone(),
            is_attribute: true,
            has_elements: false,
            has_attributes: false,
            text: value.clone(),
        });
    }
    for (at, child) in shape.children.iter().enumerate() {
        let twins = shape.children.iter().filter(|other| other.name == child.name).count();
        let position = shape.children[..=at].iter().filter(|other| other.name == child.name).count();
        let position = if twins > 1 { format!("[{position}]") } else { String::new() };
        let (role, path) = (format!("{role}/{}", child.name), format!("{path}/{}{position}", child.name));
        walk(child, &role, &path, data, loci);
    }
}
