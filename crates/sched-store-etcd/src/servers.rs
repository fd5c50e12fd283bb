//! Addresses of servers, as text.

use sched_core::store::StoreError;

const ENCRYPTED: &str = "https://";
const PLAIN: &str = "http://";

/// URLs separated by commas.
///
/// # Errors
/// [`StoreError::Settings`], with the reason and without the text: it may hold a password.
pub(crate) fn parse(servers: &str) -> Result<Vec<String>, StoreError> {
    let urls: Result<Vec<String>, &str> = servers.split(',').map(str::trim).map(url).collect();
    let urls = urls.and_then(|urls| match urls.iter().filter(|url| is_encrypted(url)).count() {
        0 => Ok(urls),
        _ if cfg!(not(feature = "tls")) => Err("this program is built without TLS"),
        count if count == urls.len() => Ok(urls),
        _ => Err("all servers use TLS, or none does"),
    });
    urls.map_err(|reason| StoreError::Settings(reason.to_owned()))
}

fn url(text: &str) -> Result<String, &'static str> {
    let (scheme, rest) = match text.split_once("://") {
        Some(("https", rest)) => (ENCRYPTED, rest),
        Some(("http", rest)) => (PLAIN, rest),
        Some(_) => return Err("the URL of a server begins with `http://` or `https://`"),
        None => (PLAIN, text),
    };
    let address = rest.strip_suffix('/').unwrap_or(rest);
    if address.contains('@') {
        return Err("user and password are options of their own, not part of a URL");
    }
    if address.is_empty() || address.contains(['/', '?', '#', ' ']) {
        return Err("the URL of a server is its name and port, and nothing after that");
    }
    Ok(format!("{scheme}{address}"))
}

pub(crate) fn is_encrypted(url: &str) -> bool {
    url.starts_with(ENCRYPTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_urls_separated_by_commas() {
        for (text, urls) in [
            ("localhost:2379", &["http://localhost:2379"][..]),
            ("http://a:1/, [::1]:2", &["http://a:1", "http://[::1]:2"]),
        ] {
            assert_eq!(parse(text).unwrap(), urls);
        }
        let encrypted = parse("https://a:1,https://b:2");
        assert_eq!(encrypted.is_ok(), cfg!(feature = "tls"));
        for text in [
            "",
            ",",
            "http://",
            "a:1,",
            "redis://a",
            "a:1/x",
            "a b",
            "user:s3cret@a:1",
            "a:1?b",
            "http://a:1,https://b:1",
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
