"""`python -m supplyline.publishing`: the publisher as a process of its own, as a cluster runs it."""

from __future__ import annotations

from collections.abc import Sequence

from supplyline.config import job_parser, load_settings
from supplyline.errors import exit_cleanly
from supplyline.publishing.service import serve


def main(argv: Sequence[str] | None = None) -> None:
    """Publish what has landed, or follow the landing folder."""
    parser = job_parser(__doc__, as_of=False)
    parser.add_argument("--landing", help="folder where Flink lands files")
    parser.add_argument("--follow", action="store_true", help="go on until SIGTERM")
    parser.add_argument("--interval", type=float, metavar="SECONDS", help="pause between two looks")
    args = parser.parse_args(argv)
    publishing = {"landing": args.landing} if args.landing else {}
    settings = load_settings(args.config, warehouse=args.warehouse, publishing=publishing)
    serve(settings, follow=args.follow, interval=args.interval)


if __name__ == "__main__":
    raise SystemExit(exit_cleanly(main))
