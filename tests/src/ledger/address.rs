//! Where a URL points to, and the same URL pointing elsewhere.

/// A server's address in a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    before: String,
    /// `host:port`.
    pub(crate) server: String,
    after: String,
}

impl Address {
    /// The one server that the URL names with its port; none if there is none, or more than one.
    pub(crate) fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, after) = rest.split_at(end);
        let (account, server) = match authority.rsplit_once('@') {
            Some((account, server)) => (format!("{account}@"), server),
            None => (String::new(), authority),
        };
        let (host, port) = server.rsplit_once(':')?;
        if host.is_empty() || host.contains(',') || port.parse::<u16>().is_err() {
            return None;
        }
        let (before, after) = (format!("{scheme}://{account}"), after.to_owned());
        Some(Address { before, server: server.to_owned(), after })
    }

    /// The URL with this port of this machine in place of the server.
    pub(crate) fn at_local_port(&self, port: u16) -> String {
        format!("{}127.0.0.1:{port}{}", self.before, self.after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_found_and_replaced() {
        for (url, server, elsewhere) in [
            ("redis://h:1/0", "h:1", "redis://127.0.0.1:9/0"),
            ("mysql://a:b@h:33/db", "h:33", "mysql://a:b@127.0.0.1:9/db"),
            ("mongodb://h:2/?x=y:z", "h:2", "mongodb://127.0.0.1:9/?x=y:z"),
            ("zookeeper://[::1]:2181", "[::1]:2181", "zookeeper://127.0.0.1:9"),
        ] {
            let address = Address::of(url).unwrap();
            assert_eq!(address.server, server);
            assert_eq!(address.at_local_port(9), elsewhere);
        }
        for url in ["sqlite:///jobs.db", "redis://h/0", "mongodb://h:1,i:2/"] {
            assert_eq!(Address::of(url), None, "{url}");
        }
    }
}
