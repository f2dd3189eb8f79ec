#[automatically_derived]
impl ::auth_core::__private::ScopeOf<OrgRole> for OrgId {}
#[automatically_derived]
impl ::auth_core::__private::ScopedRole for OrgRole {
    type Scope = OrgId;
    const HIDDEN_FROM_STRANGERS: ::core::primitive::bool = true;
    const ALL: &'static [Self] = &[Self::Owner, Self::Member];
    const NAMES: &'static [&'static ::core::primitive::str] = &["owner", "member"];
    const INCLUDES: &'static [::auth_core::__private::RoleSet] = &[
        ::auth_core::__private::RoleSet::from_bits(3u64),
        ::auth_core::__private::RoleSet::from_bits(2u64),
    ];
    const DISCRIMINANTS: &'static [::core::primitive::i128] = &[
        Self::Owner as ::core::primitive::i128,
        Self::Member as ::core::primitive::i128,
    ];
    fn bit(self) -> ::core::primitive::u32 {
        match self {
            Self::Owner => 0u32,
            Self::Member => 1u32,
        }
    }
}
