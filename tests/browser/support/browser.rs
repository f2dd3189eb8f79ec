//! A browser with a profile of its own.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::{
    By, CapabilitiesHelper, ChromiumLikeCapabilities, DesiredCapabilities, Key, LoggingPrefsLogLevel, WebDriver,
    WebElement, WindowHandle,
};

use super::Site;
use super::chromium::{Driver, programs};

/// How long a page may take to become what it should; only ever reached when it does not.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// A Chromium without a window, and one tab of it that is looked at.
pub struct Browser {
    // Dropped before the driver, which must end it.
    web: WebDriver,
    _driver: Driver,
}

impl Browser {
    /// Opens a browser without cookies or a signed-in user.
    pub async fn open() -> Browser {
        Browser::open_at(1000, 900).await
    }

    /// Opens a browser whose pages have this size.
    pub async fn open_at(width: u32, height: u32) -> Browser {
        Browser::start(width, height, false).await
    }

    /// Opens a browser to which every certificate is good.
    pub async fn trusting() -> Browser {
        Browser::start(1000, 900, true).await
    }

    async fn start(width: u32, height: u32, is_trusting: bool) -> Browser {
        let driver = Driver::start();
        let mut wanted = DesiredCapabilities::chrome();
        let size = format!("--window-size={width},{height}");
        let arguments = [
            "--headless=new",
            "--hide-scrollbars",
            // As root there is no sandbox to be had; the pages are ours.
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            // Two tabs, and neither is to be slower for being behind.
            "--disable-background-timer-throttling",
            "--disable-backgrounding-occluded-windows",
            "--disable-renderer-backgrounding",
            // Nothing but loopback, which has names for tests with several hosts.
            "--disable-background-networking",
            "--disable-component-update",
            "--host-resolver-rules=MAP *.test 127.0.0.1, MAP *.localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            "--lang=en-GB",
            &size,
        ];
        for argument in arguments {
            wanted.add_arg(argument).expect("an argument");
        }
        let browser = programs().browser.to_str().expect("a path in UTF-8");
        wanted.set_binary(browser).expect("a path");
        wanted
            .set_browser_log_level(LoggingPrefsLogLevel::All)
            .expect("a level");
        wanted.accept_insecure_certs(is_trusting).expect("a setting");
        let web = WebDriver::new(driver.url(), wanted).await.expect("Chromium starts");
        Browser { web, _driver: driver }
    }

    /// Opens a browser with JavaScript off.
    pub async fn without_script() -> Browser {
        let browser = Browser::open().await;
        browser
            .tell("Emulation.setScriptExecutionDisabled", json!({ "value": true }))
            .await;
        browser
    }

    /// Gives the pages the screen of a phone, 375 pixels wide. Chromium's window is not as narrow.
    pub async fn be_a_phone(&self) {
        let phone = json!({ "width": 375, "height": 667, "deviceScaleFactor": 2, "mobile": true });
        self.tell("Emulation.setDeviceMetricsOverride", phone).await;
    }

    /// Opens an address, and waits until the page is loaded.
    pub async fn go(&self, url: &str) {
        self.web.goto(url).await.expect("an address");
    }

    /// Opens the front page, and waits until it knows who is there.
    pub async fn visit(&self, site: &Site) {
        self.go(&site.url("/")).await;
        self.until("document.body.dataset.state").await;
    }

    /// Opens the front page and signs in.
    pub async fn sign_in(&self, site: &Site, email: &str) {
        self.visit(site).await;
        self.fill_in(email, &site.password(email)).await;
        self.click("#sign-in button").await;
        self.until_signed_in().await;
    }

    /// Types into the form to sign in, over what stands there.
    pub async fn fill_in(&self, email: &str, password: &str) {
        self.write("#sign-in-email", email).await;
        self.write("#sign-in-password", password).await;
    }

    /// Waits until the page shows a signed-in user.
    pub async fn until_signed_in(&self) {
        self.until("document.body.dataset.state === 'signed-in'").await;
    }

    /// Waits until the page shows the form to sign in.
    pub async fn until_signed_out(&self) {
        self.until("document.body.dataset.state === 'signed-out'").await;
    }

    /// Waits until the page says this.
    pub async fn until_said(&self, text: &str) {
        self.until(&format!(
            "document.querySelector('#status').textContent.trim() === {}",
            json!(text)
        ))
        .await;
    }

    /// Waits until an expression is true, and gives its value.
    pub async fn until(&self, expression: &str) -> Value {
        let truthy = self.eventually(async || {
            let value = self.value(expression).await;
            let truthy = !matches!(&value, Value::Null | Value::Bool(false))
                && value.as_str() != Some("")
                && value.as_f64() != Some(0.0);
            truthy.then_some(value)
        });
        let Some(value) = truthy.await else {
            let page = self.text("body").await;
            panic!(
                "never true: {expression}\nthe page: {page}\nthe log: {:#?}",
                self.log().await
            );
        };
        value
    }

    /// The value of an expression in the page.
    pub async fn value(&self, expression: &str) -> Value {
        let script = format!("return ({expression});");
        let value = self.web.execute(script, Vec::new()).await;
        value.expect("the expression has a value").json().clone()
    }

    /// What an asynchronous function's body gives; it may `import` the page's modules.
    pub async fn run(&self, body: &str) -> Value {
        let script = format!(
            "const done = arguments[0]; (async () => {{ {body} }})().then((value) => done({{ value }}), (error) => \
             done({{ error: String(error) }}));"
        );
        let answer = self.web.execute_async(script, Vec::new()).await;
        let answer = answer.expect("the script ends").json().clone();
        assert!(answer.get("error").is_none(), "{answer}\n{body}");
        answer.get("value").cloned().unwrap_or(Value::Null)
    }

    /// Waits until an element shows this text; also where the page runs no script.
    pub async fn until_text(&self, css: &str, text: &str) {
        let shows = self.eventually(async || {
            let shown = self.web.find(By::Css(css)).await.ok()?.text().await.ok()?;
            shown.contains(text).then_some(())
        });
        if shows.await.is_none() {
            panic!("{css} never showed {text:?}: {}", self.text("body").await);
        }
    }

    /// Waits until this is the page's address.
    pub async fn until_at(&self, url: &str) {
        let at = self.eventually(async || {
            let address = self.web.current_url().await.ok()?;
            (address.as_str() == url).then_some(())
        });
        if at.await.is_none() {
            panic!(
                "the browser never came to {url}, but to {:?}",
                self.web.current_url().await
            );
        }
    }

    /// The text of an element, as it can be seen.
    pub async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.expect("a text")
    }

    /// Clicks an element, which must be in the way of nothing.
    pub async fn click(&self, css: &str) {
        let clicked = self.find(css).await.click().await;
        clicked.unwrap_or_else(|problem| panic!("{css} can be clicked: {problem}"));
    }

    /// Writes into a field, over what stands there.
    pub async fn write(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.expect("a field");
        field.send_keys(text).await.expect("a field");
    }

    /// Presses Tab until this element has the focus.
    pub async fn tab_to(&self, css: &str) {
        let has_focus = format!("document.activeElement === document.querySelector({})", json!(css));
        for _ in 0..100 {
            if self.value(&has_focus).await == true {
                return;
            }
            self.press(Key::Tab).await;
        }
        panic!("no Tab leads to {css}: {}", self.text("body").await);
    }

    /// Presses a key.
    pub async fn press(&self, key: Key) {
        let pressed = self.web.action_chain().send_keys(key).perform().await;
        pressed.expect("a key");
    }

    /// Types where the focus is.
    pub async fn type_text(&self, text: &str) {
        let typed = self.web.action_chain().send_keys(text).perform().await;
        typed.expect("keys");
    }

    /// The element, as soon as it is there: a page may still be on its way.
    async fn find(&self, css: &str) -> WebElement {
        let found = self.eventually(async || self.web.find(By::Css(css)).await.ok()).await;
        found.unwrap_or_else(|| panic!("{css} is in the page"))
    }

    async fn eventually<T>(&self, look: impl AsyncFn() -> Option<T>) -> Option<T> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let found = look().await;
            if found.is_some() || Instant::now() > give_up {
                return found;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The statuses that the page's doors were tried with, by path.
    pub async fn doors(&self) -> Value {
        self.value(
            "Object.fromEntries([...document.querySelectorAll('#doors tr')].map((row) => [row.dataset.path, \
             Number(row.dataset.status)]))",
        )
        .await
    }

    /// How many requests the page has sent to an endpoint.
    pub async fn requests_to(&self, endpoint: &str) -> u64 {
        let count = format!(
            "performance.getEntriesByType('resource').filter((entry) => entry.name.endsWith({})).length",
            json!(endpoint)
        );
        self.value(&count).await.as_u64().expect("a number")
    }

    /// The browser's new log lines since the last call: the console, scripts that failed, what it
    /// refused.
    pub async fn log(&self) -> Vec<String> {
        let entries = self.web.browser_log().await.expect("a log");
        entries
            .into_iter()
            .map(|entry| format!("{} {}", entry.source.unwrap_or_default(), entry.message))
            .collect()
    }

    /// A second tab, which becomes the one that is looked at.
    pub async fn another_tab(&self) -> (WindowHandle, WindowHandle) {
        let first = self.web.window().await.expect("a tab");
        let second = self.web.new_tab().await.expect("a tab");
        self.look_at(&second).await;
        (first, second)
    }

    /// Looks at another tab.
    pub async fn look_at(&self, tab: &WindowHandle) {
        self.web.switch_to_window(tab.clone()).await.expect("a tab");
    }

    /// Forgets a cookie, as a browser does when its time is over.
    pub async fn forget_cookie(&self, name: &str) {
        self.web.delete_cookie(name).await.expect("a cookie");
    }

    /// The value of a cookie of any path, also where scripts cannot see it.
    pub async fn cookie(&self, name: &str) -> Option<String> {
        let all = self.tell("Network.getAllCookies", json!({})).await;
        let cookies = all["cookies"].as_array().expect("a list");
        let named = cookies.iter().find(|cookie| cookie["name"] == name);
        named.map(|cookie| cookie["value"].as_str().expect("a text").to_owned())
    }

    /// A command of Chromium's own protocol; gives its result.
    pub async fn tell(&self, method: &str, parameters: Value) -> Value {
        let told = self.web.cdp().send_raw(method, parameters).await;
        told.unwrap_or_else(|problem| panic!("{method}: {problem}"))
    }

    /// An element as a picture, as soon as it is loaded.
    pub async fn picture_of(&self, css: &str) -> Vec<u8> {
        let element = self.find(css).await;
        element.scroll_into_view().await.expect("an element");
        element.screenshot_as_png().await.expect("a picture")
    }

    /// The page as a picture.
    pub async fn picture(&self) -> Vec<u8> {
        self.web.screenshot_as_png().await.expect("a picture")
    }
}
