"""The command line `hospes`. Only what a command needs is imported: `hospes mail parse` starts without Django."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

Command = Callable[[argparse.Namespace], int]
EX_TEMPFAIL = 75  # sysexits.h: try again later


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; 2 means that it was refused, with the reason on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    command: Command = options.command
    if command is _mail_parse:
        return command(options)
    from hospes.config.folder import Refused

    try:
        return command(options)
    except Refused as refusal:
        print(f"hospes: {refusal}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:
        if not _is_database_down(error):
            raise
        print(f"hospes: The database does not serve us: {str(error).strip()} See DATABASE_URL.", file=sys.stderr)
    return EX_TEMPFAIL if command is _mail_deliver else 2


def _is_database_down(error: Exception) -> bool:
    return {"OperationalError", "ConnectionTimeout"} & {kind.__name__ for kind in type(error).__mro__} != set()


# What is asked for


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hospes", description="Customer service as one system.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_servers(commands)
    _add_care(commands)
    _add_mail(commands)
    from hospes.config import automation_cli, routing_cli, workflows_cli

    workflows_cli.add(commands, _with_django, _add)
    routing_cli.add(commands, _with_django, _add)
    automation_cli.add(commands, _with_django, _add)
    return parser


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, command: Command, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(command=command)
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder (HOSPES_DATA; ./var in a checkout)")
    return parser


def _add_servers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    up = _add(commands, "up", _up, "Run everything: database, web, worker, mail listener")
    up.add_argument("--demo", action="store_true", default=_env_flag("HOSPES_DEMO"), help="fill a believable company")
    web = _add(commands, "web", _web, "Serve pages, API and live updates")
    web.add_argument("--workers", type=int, default=_env_int("HOSPES_WEB_WORKERS", 1), help="processes")
    mail = _add(commands, "mailserver", _mailserver, "Take in mail by SMTP")
    worker = _add(commands, "worker", _worker, "Run jobs and timers, empty the queues")
    worker.add_argument("--threads", type=int, default=_env_int("HOSPES_WORKER_THREADS", 2), help="jobs at a time")
    for parser in (up, web, mail):
        host = os.environ.get("HOSPES_HOST", "127.0.0.1")
        parser.add_argument("--host", default=host, help="address to listen on (HOSPES_HOST)")
    for parser in (up, web):
        port = _env_int("HOSPES_PORT", 8000)
        parser.add_argument("--port", type=int, default=port, help="port for browsers (HOSPES_PORT)")
    for parser in (up, mail):
        port = _env_int("HOSPES_SMTP_PORT", 2525)
        parser.add_argument("--smtp-port", type=int, default=port, help="port for mail (HOSPES_SMTP_PORT)")


def _add_care(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    _add(commands, "migrate", _migrate, "Bring the database up to date")
    _add(commands, "check", _check, "Tell for each part of the installation: OK, or what to do")
    _add(commands, "demo", _demo, "Fill a believable company")
    simulate = _add(commands, "simulate", _simulate, "Keep the demo alive with new mail")
    simulate.add_argument("--rate", type=float, default=6.0, metavar="N", help="mails a minute")
    simulate.add_argument("--minutes", type=float, metavar="N", help="stop after so many")
    simulate.add_argument("--host", default=None, help="where the mail listener is")
    simulate.add_argument("--smtp-port", type=int, default=None, help="its port (HOSPES_SMTP_PORT)")
    token = commands.add_parser("token", help="API tokens").add_subparsers(required=True, metavar="COMMAND")
    create = _add(token, "create", _token_create, "Make an API token and print it once")
    create.add_argument("--email", required=True, help="the agent whose rights it has")
    create.add_argument("--name", default="Command line", help="what it is for")
    admin = _add(commands, "admin", _admin, "Django's own commands")
    admin.add_argument("rest", nargs=argparse.REMAINDER, metavar="ARGS")


def _add_mail(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    mail = commands.add_parser("mail", help="Raw mails").add_subparsers(required=True, metavar="COMMAND")
    parse = _add(mail, "parse", _mail_parse, "Print what is understood of each raw mail, one JSON object a line")
    deliver = _add(mail, "deliver", _mail_deliver, "Hand raw mails to the inbox, as a mail server's pipe does")
    deliver.add_argument("--inbox", metavar="ADDRESS", help="the inbox; without it, who the mail is addressed to")
    for parser in (parse, deliver):
        parser.add_argument("files", nargs="+", metavar="FILE", help="a raw mail, or - for standard input")


def _env_flag(name: str) -> bool:
    return os.environ.get(name, "").strip().lower() in {"1", "true", "yes", "on"}


def _env_int(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip()
    try:
        return int(text or default)
    except ValueError:
        sys.exit(f"hospes: {name} is {text!r}, which is not a number.")


# What is done


def _up(options: argparse.Namespace) -> int:
    from hospes.config.folder import Folder
    from hospes.config.up import Addresses, up

    up(Folder(options.data), Addresses(options.host, options.port, options.smtp_port), demo=options.demo)
    return 0


def _with_django(options: argparse.Namespace, work: Callable[[], int]) -> int:
    """Run `work` with the database of the data folder and Django set up."""
    from hospes.config.folder import Folder, database

    with database(Folder(options.data)):
        import django

        django.setup(set_prefix=False)
        return work()


def _web(options: argparse.Namespace) -> int:
    os.environ["HOSPES_PORT"] = str(options.port)

    def work() -> int:
        from hospes.config import serve

        serve.run(options.host, options.port, options.workers)
        return 0

    return _with_django(options, work)


def _worker(options: argparse.Namespace) -> int:
    def work() -> int:
        from hospes.config import worker

        worker.run(options.threads)
        return 0

    return _with_django(options, work)


def _mailserver(options: argparse.Namespace) -> int:
    def work() -> int:
        from hospes.channels.email import listener

        listener.run(options.host, options.smtp_port)
        return 0

    return _with_django(options, work)


def _migrate(options: argparse.Namespace) -> int:
    def work() -> int:
        from hospes.config import migrations

        migrations.migrate(verbosity=1)
        return 0

    return _with_django(options, work)


def _check(options: argparse.Namespace) -> int:
    def work() -> int:
        from hospes.config import checks

        return 0 if checks.run() else 1

    return _with_django(options, work)


def _demo(options: argparse.Namespace) -> int:
    def work() -> int:
        from hospes.config import demo, migrations

        if migrations.pending():
            migrations.migrate()
        demo.fill()
        for line in demo.sign_ins():
            print(line)
        return 0

    return _with_django(options, work)


def _simulate(options: argparse.Namespace) -> int:
    def work() -> int:
        from hospes.config import demo

        demo.simulate(rate=options.rate, host=options.host, port=options.smtp_port, minutes=options.minutes)
        return 0

    return _with_django(options, work)


def _token_create(options: argparse.Namespace) -> int:
    def work() -> int:
        from hospes.config.folder import Refused
        from hospes.core import clock
        from hospes.core.actors import Actor
        from hospes.staff import operations, queries

        agent = queries.agent_by_email(options.email)
        if agent is None:
            raise Refused(f"No agent has the address {options.email}.")
        actor = Actor(kind="system", name="Hospes", via="cli")
        _, text = operations.create_api_token(agent=agent, name=options.name, actor=actor, now=clock.now())
        print(text)
        return 0

    return _with_django(options, work)


def _admin(options: argparse.Namespace) -> int:
    def work() -> int:
        from django.core.management import execute_from_command_line

        execute_from_command_line(["hospes admin", *options.rest])
        return 0

    return _with_django(options, work)


def _mail_parse(options: argparse.Namespace) -> int:
    from hospes.channels.email import parse_cli

    return int(parse_cli.main(options.files) or 0)


def _mail_deliver(options: argparse.Namespace) -> int:
    def work() -> int:
        from hospes.channels.email import pipe

        return int(pipe.main(options.files, options.inbox) or 0)

    return _with_django(options, work)


if __name__ == "__main__":
    sys.exit(main())
