use proc_macro2::TokenStream;
use quote::quote;

use crate::model::RoleEnum;
use crate::parse::Scope;

/// `impl Role`: four tables with one row per variant, and the row of each variant. For roles in a
/// scope, `impl ScopedRole` with the same tables, and `impl ScopeOf` for the type of the scope.
pub(crate) fn role_enum(support: &TokenStream, role_enum: &RoleEnum) -> TokenStream {
    let RoleEnum {
        ident,
        scope,
        variants,
        names,
        closure,
        castable,
    } = role_enum;
    if !castable {
        return stand_in(support, role_enum);
    }
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let bits = 0u32..;
    let arms = idents.iter().zip(bits).map(|(ident, bit)| quote!(Self::#ident => #bit));
    let allow = variants
        .iter()
        .any(|variant| variant.deprecated)
        .then(|| quote!(#[allow(deprecated)]));
    let (role_trait, members, scope_of) = scope_parts(support, role_enum, scope.as_ref());
    quote! {
        #scope_of

        #allow
        #[automatically_derived]
        impl #support::#role_trait for #ident {
            #members
            const ALL: &'static [Self] = &[#(Self::#idents),*];
            const NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];
            const INCLUDES: &'static [#support::RoleSet] = &[#(#support::RoleSet::from_bits(#closure)),*];
            const DISCRIMINANTS: &'static [::core::primitive::i128] = &[#(Self::#idents as ::core::primitive::i128),*];

            fn bit(self) -> ::core::primitive::u32 {
                match self {
                    #(#arms),*
                }
            }
        }
    }
}

/// The trait of the enum, its members that speak of the scope, and the scope's own trait.
fn scope_parts(
    support: &TokenStream,
    role_enum: &RoleEnum,
    scope: Option<&Scope>,
) -> (TokenStream, Option<TokenStream>, Option<TokenStream>) {
    let Some(Scope { ty, hidden }) = scope else {
        return (quote!(Role), None, None);
    };
    let ident = &role_enum.ident;
    let members = quote! {
        type Scope = #ty;
        const HIDDEN_FROM_STRANGERS: ::core::primitive::bool = #hidden;
    };
    let scope_of = quote! {
        #[automatically_derived]
        impl #support::ScopeOf<#ident> for #ty {}
    };
    (quote!(ScopedRole), Some(members), Some(scope_of))
}

/// An enum whose variants have data is reported. So that its uses are not reported as well, it is a
/// role enum without roles until then.
fn stand_in(support: &TokenStream, role_enum: &RoleEnum) -> TokenStream {
    let ident = &role_enum.ident;
    let (role_trait, members, scope_of) = scope_parts(support, role_enum, role_enum.scope.as_ref());
    quote! {
        #scope_of

        #[automatically_derived]
        impl #support::#role_trait for #ident {
            #members
            const ALL: &'static [Self] = &[];
            const NAMES: &'static [&'static ::core::primitive::str] = &[];
            const INCLUDES: &'static [#support::RoleSet] = &[];
            const DISCRIMINANTS: &'static [::core::primitive::i128] = &[];

            fn bit(self) -> ::core::primitive::u32 {
                ::core::primitive::u32::MAX
            }
        }
    }
}
