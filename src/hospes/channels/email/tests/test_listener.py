"""The mail listener over real connections: nothing is told "taken" before it is stored."""

import os
import signal
import smtplib
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress

import pytest
from django.db import OperationalError, connection

from hospes.channels.email import intake
from hospes.channels.email.tests.mails import listening, mail
from hospes.channels.models import RawMessage
from hospes.channels.queries import raw_bytes
from hospes.testing.people import make_inbox

pytestmark = pytest.mark.django_db(transaction=True)
ANNA, SUPPORT = "anna@customer.example", "support@demo.example"


@contextmanager
def connected(address, kind=smtplib.SMTP):
    with kind(*address, timeout=20) as client:
        yield client


def test_a_mail_is_stored_as_it_was_sent():
    make_inbox()
    body = mail("line\r\n..two dots\r\n.one dot\r\n" + "x" * 5000)
    with listening() as [address], connected(address) as client:
        client.sendmail(ANNA, [SUPPORT], body)
    raw = RawMessage.objects.get()
    assert raw_bytes(raw) == body
    assert raw.envelope["mail_from"] == ANNA
    assert raw.envelope["via"] == "smtp"


def test_an_empty_mail_is_refused_and_the_connection_goes_on():
    make_inbox()
    with listening() as [address], connected(address) as client:
        client.ehlo()
        client.mail(ANNA)
        client.rcpt(SUPPORT)
        client.docmd("DATA")
        client.send(b".\r\n")
        assert client.getreply()[0] == 554
        client.sendmail(ANNA, [SUPPORT], mail())
    assert RawMessage.objects.count() == 1


def test_an_unknown_recipient_is_refused_for_good_and_the_known_one_taken():
    make_inbox()
    with listening() as [address], connected(address) as client:
        refused = client.sendmail(ANNA, [SUPPORT, "nobody@demo.example"], mail())
    assert refused["nobody@demo.example"][0] == 550
    assert RawMessage.objects.count() == 1


def test_before_any_inbox_is_set_up_senders_are_asked_to_try_again():
    with listening() as [address], connected(address) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.sendmail(ANNA, [SUPPORT], mail())
        assert refused.value.recipients[SUPPORT][0] == 450
        make_inbox()
        client.sendmail(ANNA, [SUPPORT], mail())
    assert RawMessage.objects.count() == 1


def test_row_28_while_the_database_is_away_the_sender_keeps_the_mail(monkeypatch):
    make_inbox()
    real = intake.accept_many

    def broken(arrivals, *, now):
        raise OperationalError("server closed the connection")

    with listening() as [address], connected(address) as client:
        monkeypatch.setattr(intake, "accept_many", broken)
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail(ANNA, [SUPPORT], mail())
        assert refused.value.smtp_code == 451
        monkeypatch.setattr(intake, "accept_many", real)
        client.sendmail(ANNA, [SUPPORT], mail())
    assert RawMessage.objects.count() == 1


def test_one_mail_that_cannot_be_stored_does_not_hold_up_those_beside_it(monkeypatch):
    make_inbox()
    real = intake.accept_many

    def picky(arrivals, *, now):
        if any(b"poison" in a.body for a in arrivals):
            raise ValueError("poison")
        return real(arrivals, now=now)

    monkeypatch.setattr(intake, "accept_many", picky)
    codes = []

    def send(n):
        with connected(address) as client:
            try:
                client.sendmail(ANNA, [SUPPORT], mail("poison" if n % 4 == 0 else "fine", message_id=f"{n}@c.example"))
                codes.append(250)
            except smtplib.SMTPDataError as refused:
                codes.append(refused.smtp_code)

    with listening() as [address]:
        threads = [threading.Thread(target=send, args=[n]) for n in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(codes) == [250] * 9 + [451] * 3
    assert RawMessage.objects.count() == 9


def test_a_mail_over_the_limit_is_refused_and_read_to_its_end():
    make_inbox()
    with listening(max_bytes=100_000) as [address], connected(address) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "100000"
        client.mail(ANNA)
        client.rcpt(SUPPORT)
        assert client.data(mail("word\r\n" * 100_000))[0] == 552
        client.sendmail(ANNA, [SUPPORT], mail())
    assert RawMessage.objects.count() == 1


def test_8bit_and_internationalised_addresses_are_taken():
    make_inbox()
    with listening() as [address], connected(address) as client:
        client.ehlo()
        assert client.has_extn("8bitmime")
        assert client.has_extn("smtputf8")
        client.sendmail("jānis@piemērs.example", [SUPPORT], mail("Ķēde"), ["BODY=8BITMIME", "SMTPUTF8"])
    assert RawMessage.objects.get().envelope["mail_from"] == "jānis@piemērs.example"


def test_commands_may_be_sent_without_waiting():
    make_inbox()
    with listening() as [address], socket.create_connection(address, timeout=20) as raw:
        stream = raw.makefile("rwb")
        assert stream.readline().startswith(b"220")
        group = f"EHLO c.example\r\nMAIL FROM:<{ANNA}>\r\nRCPT TO:<{SUPPORT}>\r\nDATA\r\n".encode()
        stream.write(group)
        stream.flush()
        lines = []
        while not lines or not lines[-1].startswith(b"354"):
            lines.append(stream.readline())
        stream.write(mail() + b"\r\n.\r\nQUIT\r\n")
        stream.flush()
        assert stream.readline().startswith(b"250")
        assert stream.readline().startswith(b"221")
    assert RawMessage.objects.count() == 1


def test_lmtp_answers_for_each_recipient():
    make_inbox()
    make_inbox("sales@demo.example")
    with listening(lmtp_port=-1) as [_smtp, address], socket.create_connection(address, timeout=20) as raw:
        stream = raw.makefile("rwb")

        def say(line):
            stream.write(line + b"\r\n")
            stream.flush()
            answer = stream.readline()
            while answer[3:4] == b"-":
                answer = stream.readline()
            return answer[:3]

        stream.readline()
        assert say(b"LHLO mta") == b"250"
        say(f"MAIL FROM:<{ANNA}>".encode())
        say(f"RCPT TO:<{SUPPORT}>".encode())
        say(b"RCPT TO:<sales@demo.example>")
        assert say(b"DATA") == b"354"
        assert say(mail() + b"\r\n.") == b"250"
        assert stream.readline().startswith(b"250")
    assert RawMessage.objects.count() == 2


def test_row_14_a_peer_over_its_limits_is_asked_to_come_later_and_loses_nothing():
    make_inbox()
    with listening(peer_messages=2, peer_connections=2) as [address], connected(address) as client:
        for n in range(2):
            client.sendmail(ANNA, [SUPPORT], mail(message_id=f"{n}@c.example"))
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail(ANNA, [SUPPORT], mail(message_id="3@c.example"))
        assert refused.value.smtp_code == 451
        with connected(address):
            with pytest.raises(smtplib.SMTPConnectError) as turned_away:
                smtplib.SMTP(*address, timeout=20)
            assert turned_away.value.smtp_code == 421
        with connected(address) as again:
            assert again.noop()[0] == 250
    assert RawMessage.objects.count() == 2


def test_starttls_is_offered_with_a_certificate(tmp_path):
    make_inbox()
    certificate = make_certificate(tmp_path)
    with listening(certificate=str(certificate)) as [address], connected(address) as client:
        client.ehlo()
        client.starttls()
        client.sendmail(ANNA, [SUPPORT], mail())
    assert RawMessage.objects.get().envelope["tls"] is True


def test_the_mail_process_ends_cleanly_when_told_to():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start = "import django; django.setup(); from hospes.channels.email import listener; listener.run('127.0.0.1', %d)"
    name = connection.settings_dict["NAME"]
    url = os.environ["DATABASE_URL"].replace("/postgres?", f"/{name}?")
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "hospes.config.settings"}
    process = subprocess.Popen([sys.executable, "-c", start % port], env=environment, stderr=subprocess.PIPE)
    waiting = threading.Event()
    for _ in range(200):
        with suppress(OSError), connected(("127.0.0.1", port)) as client:
            assert client.noop()[0] == 250
            process.send_signal(signal.SIGTERM)
            break
        assert process.poll() is None
        waiting.wait(0.1)
    _out, words = process.communicate(timeout=20)
    assert process.returncode == 0, words.decode()
    assert b"Traceback" not in words


def make_certificate(folder):
    """A self-signed certificate with its key in one file."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mx.test")])
    start = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=9))
        .sign(key, hashes.SHA256())
    )
    path = folder / "cert.pem"
    plain = serialization.NoEncryption()
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return path
