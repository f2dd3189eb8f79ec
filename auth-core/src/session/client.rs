//! Who sent a request.

use std::net::IpAddr;

use crate::audit::RequestId;

/// The source of a request, for the list of sessions, the limits and the log.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ClientInfo {
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// Its `User-Agent`.
    pub user_agent: Option<String>,
    /// The request, for the events it gives rise to.
    pub request: Option<RequestId>,
    /// Its first language, such as `de-CH`, for mails that report what was done.
    pub language: Option<String>,
}

/// For what no request asked for.
pub(crate) const NO_CLIENT: &ClientInfo = &ClientInfo {
    ip: None,
    user_agent: None,
    request: None,
    language: None,
};

impl ClientInfo {
    /// What the client calls itself, fit for a page and a log: without control characters, at most
    /// 256 characters.
    pub(super) fn clean_user_agent(&self) -> Option<String> {
        let clean = |text: &String| text.chars().filter(|c| !c.is_control()).take(256).collect();
        self.user_agent.as_ref().map(clean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_is_cut_and_loses_its_control_characters() {
        let clean = |text: &str| {
            let user_agent = Some(text.to_owned());
            let client = ClientInfo {
                user_agent,
                ..ClientInfo::default()
            };
            client.clean_user_agent().expect("there is one")
        };
        assert_eq!(clean("curl\x1b[31m/8\r\n"), "curl[31m/8");
        assert_eq!(clean(&"ä".repeat(300)).chars().count(), 256);
    }
}
