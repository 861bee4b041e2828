//! A browser without a screen: cookies, redirects, and forms as they stand in the page.

use super::{Provider, http};
use reqwest::{
    Response, StatusCode,
    header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE},
};
use std::collections::BTreeMap;
use url::Url;

/// A browser at one provider.
pub(crate) struct Browser<'a> {
    provider: &'a Provider,
    pub(crate) cookies: BTreeMap<String, String>,
}

/// A page of the provider.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) url: Url,
    pub(crate) html: String,
}

/// Where a response to the client went.
#[derive(Debug)]
pub(crate) struct Landing {
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
}

/// What came of a request, once it stopped redirecting within the provider.
#[derive(Debug)]
pub(crate) enum Arrival {
    Page(Page),
    Landing(Landing),
}

impl<'a> Browser<'a> {
    pub(crate) fn new(provider: &'a Provider) -> Self {
        Self { provider, cookies: BTreeMap::new() }
    }

    /// Opens a URL, and goes where it leads.
    pub(crate) async fn open(&mut self, url: &str) -> Arrival {
        let response = self.request(url, None).await;
        self.follow(response).await
    }

    /// Opens a URL that leads to a page.
    pub(crate) async fn page(&mut self, url: &str) -> Page {
        self.open(url).await.page()
    }

    /// Opens a URL that leads straight back to the client.
    pub(crate) async fn landing(&mut self, url: &str) -> Landing {
        self.open(url).await.landing()
    }

    /// Sends the form of `page` with these fields besides the hidden ones, and goes where it leads.
    pub(crate) async fn submit(&mut self, page: &Page, fields: &[(&str, &str)]) -> Arrival {
        let token = page.attribute(r#"name="csrf_token" value=""#);
        let action = page.url.join(&page.attribute(r#"action=""#)).unwrap();
        let fields = [&[("csrf_token", token.as_str())], fields].concat();
        self.send(action.as_str(), &fields).await
    }

    /// Sends a form, and goes where it leads.
    pub(crate) async fn send(&mut self, url: &str, fields: &[(&str, &str)]) -> Arrival {
        let response = self.request(url, Some(fields)).await;
        self.follow(response).await
    }

    /// Signs in on `page`.
    pub(crate) async fn sign_in(&mut self, page: &Page) -> Arrival {
        let provider = self.provider;
        let fields =
            [("username", provider.user("email")), ("password", provider.user("password"))];
        self.submit(page, &fields).await
    }

    /// From the authorization URL to the client: through signing in, and consenting if asked.
    pub(crate) async fn authorize(&mut self, url: &str) -> Landing {
        self.arrive(url).await.landing()
    }

    /// The same, by whatever way the answer gets there, and from wherever the request starts.
    pub(crate) async fn arrive(&mut self, url: &str) -> Arrival {
        let mut arrival = self.open(url).await;
        for (heading, fields) in
            [("<h1>Sign in</h1>", None), ("<h1>Allow access?</h1>", Some([("allow", "true")]))]
        {
            if let Arrival::Page(page) = &arrival
                && page.html.contains(heading)
            {
                arrival = match fields {
                    None => self.sign_in(page).await,
                    Some(fields) => self.submit(page, &fields).await,
                };
            }
        }
        arrival
    }

    async fn follow(&mut self, mut response: Response) -> Arrival {
        for _ in 0..10 {
            let Some(location) = response.headers().get(LOCATION) else {
                let (status, headers) = (response.status(), response.headers().clone());
                let url = response.url().clone();
                return Arrival::Page(Page {
                    status,
                    headers,
                    url,
                    html: response.text().await.unwrap(),
                });
            };
            let status = response.status();
            let url = response.url().join(location.to_str().unwrap()).unwrap();
            if !url.as_str().starts_with(&self.provider.issuer) {
                return Arrival::Landing(Landing { url, status });
            }
            assert_eq!(status, 303, "a redirect that would post the form on");
            response = self.request(url.as_str(), None).await;
        }
        panic!("redirected in a circle: {:?}", response.url());
    }

    /// One request, with the cookies it would have; those of the answer are kept.
    pub(crate) async fn request(&mut self, url: &str, form: Option<&[(&str, &str)]>) -> Response {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = match form {
            Some(form) => http().post(url).form(form),
            None => http().get(url),
        };
        let response = request.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            match rest.split(';').next().unwrap() {
                "" => self.cookies.remove(name),
                value => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        response
    }
}

impl Arrival {
    pub(crate) fn page(self) -> Page {
        match self {
            Self::Page(page) => page,
            Self::Landing(landing) => panic!("not a page: {landing:?}"),
        }
    }

    pub(crate) fn landing(self) -> Landing {
        match self {
            Self::Landing(landing) => landing,
            Self::Page(page) => panic!("not the client: {page:?}"),
        }
    }
}

impl Page {
    /// What stands in the page after `before`, up to the next quotation mark.
    pub(crate) fn attribute(&self, before: &str) -> String {
        let (_, rest) =
            self.html.split_once(before).unwrap_or_else(|| panic!("no {before} in {self:?}"));
        rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// The names and values of its hidden fields.
    pub(crate) fn hidden_fields(&self) -> BTreeMap<String, String> {
        let fields = self.html.split(r#"<input type="hidden" name=""#).skip(1);
        let field = |rest: &str| {
            let (name, rest) = rest.split_once(r#"" value=""#).unwrap();
            (name.to_owned(), unescaped(rest.split('"').next().unwrap()))
        };
        fields.map(field).collect()
    }

    /// What its form posts to `redirect_uri` as soon as it is there.
    pub(crate) fn form_post(&self, redirect_uri: &str) -> BTreeMap<String, String> {
        assert_eq!(self.status, 200, "{}", self.html);
        assert!(self.html.contains(r#"<form method="post" action=""#), "{}", self.html);
        assert_eq!(unescaped(&self.attribute(r#"<form method="post" action=""#)), redirect_uri);
        assert!(self.html.contains("<script>document.forms[0].submit();\n</script>"));
        self.hidden_fields()
    }
}

impl Landing {
    /// The parameters in the fragment; there must be none of ours in the query.
    pub(crate) fn fragment(&self) -> BTreeMap<String, String> {
        let query = self.url.query().unwrap_or_default();
        assert!(!query.contains("token") && !query.contains("error"), "{}", self.url);
        pairs(self.url.fragment().expect("a fragment"))
    }

    /// The parameters in the query; there must be no fragment.
    pub(crate) fn query(&self) -> BTreeMap<String, String> {
        assert_eq!(self.url.fragment(), None, "{}", self.url);
        pairs(self.url.query().expect("a query"))
    }
}

/// What askama has escaped.
fn unescaped(text: &str) -> String {
    let escapes = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")];
    escapes.iter().fold(text.to_owned(), |text, (escape, c)| text.replace(escape, c))
}

fn pairs(encoded: &str) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(encoded.as_bytes()).into_owned().collect()
}
