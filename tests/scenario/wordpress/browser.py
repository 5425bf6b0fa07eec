#!/usr/bin/env python3
"""An editor and a visitor, each with a Chromium of his own: browser.py PORT USER PASSWORD FOLDER.

The daemon listens on PORT of this machine and serves the WordPress of the scenario tests, with Larder's plugin.
Screenshots of what they saw are left in FOLDER. Ends with an AssertionError, or with the number of steps taken.
"""
import sys

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as until
from selenium.webdriver.support.ui import WebDriverWait

PORT, USER, PASSWORD, FOLDER = sys.argv[1:]
SITE = "http://larder.test"
PATIENCE = 60  # seconds
steps = 0


def browser(name):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server",
                     "--window-size=1200,900", f"--user-data-dir={FOLDER}/{name}",
                     f"--host-resolver-rules=MAP larder.test:80 127.0.0.1:{PORT}"):
        options.add_argument(argument)
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    driver.set_page_load_timeout(PATIENCE)
    return driver


class Person:
    def __init__(self, name):
        self.name, self.driver, self.shots = name, browser(name), 0

    def wait(self, condition):
        return WebDriverWait(self.driver, PATIENCE).until(condition)

    def opens(self, path):
        self.driver.get(path if path.startswith("http") else SITE + path)
        return self.driver.find_element(By.TAG_NAME, "body").text

    def clicks(self, css):
        element = self.wait(until.presence_of_element_located((By.CSS_SELECTOR, css)))
        self.driver.execute_script("arguments[0].click()", element)

    def shows(self, what):
        self.shots += 1
        self.driver.save_screenshot(f"{FOLDER}/{self.name}-{self.shots}-{what}.png")

    def comes_from_cache(self):
        """Whether Larder had the page that is shown, by asking again as this browser would."""
        status = self.driver.execute_async_script(
            "const done = arguments[0];"
            "fetch(location.href, {cache: 'default'}).then(r => done(r.headers.get('Cache-Status')));")
        return status.startswith("larder; hit")


def check(what, truth):
    global steps
    assert truth, what
    steps += 1
    print("ok:", what)


def log_in(editor):
    editor.opens("/wp-login.php")
    for field, text in (("user_login", USER), ("user_pass", PASSWORD)):
        element = editor.wait(until.element_to_be_clickable((By.ID, field)))
        element.clear()
        element.send_keys(text)
        assert element.get_attribute("value") == text
    editor.driver.find_element(By.ID, "wp-submit").click()
    editor.wait(until.presence_of_element_located((By.ID, "wpadminbar")))
    editor.shows("dashboard")


# With the block editor's own data store, as its buttons use it, so that the test does not hang on how they look.
SAVE = """
const [content, fields, done] = arguments;
wp.data.dispatch('core/block-editor').resetBlocks(wp.blocks.parse(content));
wp.data.dispatch('core/editor').editPost(fields);
wp.data.dispatch('core/editor').savePost().then(
    () => done(wp.data.select('core/editor').didPostSaveRequestSucceed() ?
               wp.data.select('core/editor').getPermalink() : 'failed'), error => done('failed: ' + error));
"""


def save(editor, text, **fields):
    editor.driver.set_script_timeout(PATIENCE)
    editor.wait(lambda driver: driver.execute_script(
        "return !!(window.wp && wp.data && wp.data.select('core/editor') && "
        "wp.data.select('core/editor').getCurrentPostId())"))
    address = editor.driver.execute_async_script(
        SAVE, f"<!-- wp:paragraph --><p>{text}</p><!-- /wp:paragraph -->", fields)
    assert address.startswith(SITE), address
    return address


def write_and_read(editor, visitor):
    visitor.opens("/")
    editor.opens("/wp-admin/post-new.php")
    address = save(editor, "Still warm.", title="Baked today", status="publish")
    editor.shows("published")
    check("a post is on the home page as soon as it is published", "Baked today" in visitor.opens("/"))
    check("its page can be read", "Still warm." in visitor.opens(address))
    visitor.opens("/sample-page/")
    visitor.opens(address)
    check("the second time it comes from the cache", visitor.comes_from_cache())
    visitor.shows("post")
    save(editor, "Gone cold.")
    check("an edit is seen at the next request", "Gone cold." in visitor.opens(address))
    visitor.opens("/sample-page/")
    check("an unrelated page stays in the cache", visitor.comes_from_cache())
    visitor.opens(address)
    visitor.shows("edited")
    return address


def purge_from_bar(editor, visitor, address):
    assert visitor.opens(address) and visitor.comes_from_cache()
    editor.opens(address)
    editor.shows("admin-bar")
    editor.clicks("#wp-admin-bar-larder-page a")
    editor.wait(until.text_to_be_present_in_element((By.ID, "wp-admin-bar-larder"), "Larder: purged"))
    editor.shows("purged")
    check("the admin bar purges the page, says so, and leads back to it", editor.driver.current_url == address)
    check("the next visitor has it rendered", not visitor.comes_from_cache())


def site_health(editor):
    editor.opens("/wp-admin/site-health.php")
    editor.clicks(".site-health-view-passed")
    passed = editor.wait(until.presence_of_element_located((By.ID, "health-check-issues-good")))
    editor.wait(lambda _: "Larder is ready" in passed.text)
    editor.clicks("button[aria-controls='health-check-accordion-block-larder']")
    editor.driver.execute_script("arguments[0].scrollIntoView()", editor.wait(
        until.visibility_of_element_located((By.ID, "health-check-accordion-block-larder"))))
    editor.shows("site-health")
    check("Site Health says that Larder is ready", "ready" in passed.text)


def withdraw(editor, visitor, address):
    editor.opens("/wp-admin/edit.php")
    editor.clicks(".row-actions .submitdelete")
    editor.wait(until.presence_of_element_located((By.ID, "message")))
    editor.shows("trashed")
    check("what is trashed is gone at the next request", "Gone cold." not in visitor.opens(address))
    visitor.shows("gone")


def main():
    editor, visitor = Person("editor"), Person("visitor")
    try:
        log_in(editor)
        address = write_and_read(editor, visitor)
        purge_from_bar(editor, visitor, address)
        site_health(editor)
        withdraw(editor, visitor, address)
    except Exception:
        editor.shows("failure")
        visitor.shows("failure")
        raise
    finally:
        editor.driver.quit()
        visitor.driver.quit()
    print(f"{steps} steps")


main()
