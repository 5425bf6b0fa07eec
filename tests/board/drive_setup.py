"""larder setup-drive on the board's stick, as if it came from the shop."""
from patience import CHANGE, until

# The site is put aside; then nothing of the stick is left, and nothing that knows it.
MAKE_BLANK = """
set -e
systemctl stop larder
cp -r /srv/larder/site /root/site
systemctl stop srv-larder.automount srv-larder.mount
sed -i '\\|/srv/larder|d' /etc/fstab
systemctl daemon-reload
wipefs -aq {device}
"""


def check_setup(report, larder):
    device = larder.stick_device()
    larder.run(MAKE_BLANK.format(device=device))
    set_up = f"larder setup-drive --yes {device}"
    report.expect("a blank stick is set up", larder.says(set_up, 900), larder.last)
    report.expect("and is mounted", until(CHANGE, lambda: larder.stick_device() == device), larder.last)
    larder.run("cp -r /root/site/. /srv/larder/site/")
    report.expect("it can be set up again", larder.says(set_up, 900), larder.last)
    report.expect("which leaves what is on it", larder.says("test -f /srv/larder/site/index.php"), larder.last)
    larder.restart()
    report.expect("files of it are served", until(CHANGE, larder.warm), larder.last)
    page = until(CHANGE, larder.page, "/")
    again = until(CHANGE, larder.cached_page, "/")
    report.expect("and pages, by PHP and then from the cache", page and again and page.body == again.body, larder.last)
