#[automatically_derived]
impl ::auth_core::__private::Role for AppRole {
    const ALL: &'static [Self] = &[Self::Admin, Self::Editor];
    const NAMES: &'static [&'static ::core::primitive::str] = &["admin", "editor"];
    const INCLUDES: &'static [::auth_core::__private::RoleSet] = &[
        ::auth_core::__private::RoleSet::from_bits(3u64),
        ::auth_core::__private::RoleSet::from_bits(2u64),
    ];
    const DISCRIMINANTS: &'static [::core::primitive::i128] = &[
        Self::Admin as ::core::primitive::i128,
        Self::Editor as ::core::primitive::i128,
    ];
    fn bit(self) -> ::core::primitive::u32 {
        match self {
            Self::Admin => 0u32,
            Self::Editor => 1u32,
        }
    }
}
