"""OAuth2 client credentials, as Coupa has them: ``POST /oauth2/token``, then a bearer on every call."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from urllib.parse import parse_qs

from include.sandbox.calls import Answer, Call, Json, Refused
from include.sandbox.state import CoupaState


def issue_token(state: CoupaState, call: Call) -> Answer:
    """Answer a token request, or refuse it in OAuth2's own words.

    :raises Refused: 400 ``invalid_request``, ``unsupported_grant_type``, ``invalid_scope``;
        401 ``invalid_client``.
    """
    if call.method != "POST":
        raise Refused(405, {"error": "invalid_request"}, {"Allow": "POST"})
    kind = call.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise _refused(400, "invalid_request", "The token request must be form-encoded.")
    form = {name: values[-1] for name, values in parse_qs(call.raw_body.decode(errors="replace")).items()}
    if form.get("grant_type") != "client_credentials":
        raise _refused(400, "unsupported_grant_type", "Only client_credentials is supported.")
    known = form.get("client_id") == state.client.client_id
    if not known or not hmac.compare_digest(
        form.get("client_secret", "").encode(), state.client.client_secret.encode()
    ):
        raise _refused(401, "invalid_client", "Client authentication failed.")
    scopes = form.get("scope", "").split()
    if not scopes or not set(scopes) <= set(state.client.granted_scopes):
        raise _refused(400, "invalid_scope", "The requested scope is invalid, unknown, or not granted.")
    lifetime = state.settings.token_lifetime_seconds
    issued_at = int(time.time())
    claims: Json = {
        "jti": secrets.token_hex(16),
        "client_id": state.client.client_id,
        "scope": " ".join(scopes),
        "iat": issued_at,
        "exp": issued_at + lifetime,
    }
    _keep(state, {"jti": claims["jti"], "scopes": scopes, "expires": claims["exp"], "revoked": False})
    return Answer(
        {
            "access_token": _signed(claims, state.client.client_secret),
            "token_type": "bearer",
            "expires_in": lifetime,
            "scope": " ".join(scopes),
        },
        "token",
    )


def check_token(state: CoupaState, call: Call) -> None:
    """Let the call pass by its token and its scope.

    :raises Refused: 401, no living token of ours; 403, it lacks the scope of this call.
    """
    kind, _, token = call.headers.get("authorization", "").partition(" ")
    claims = _verified(token.strip(), state.client.client_secret) if kind.lower() == "bearer" else None
    known = state.tokens.get(claims["jti"]) if claims else None
    if known is None or known["revoked"] or known["expires"] <= time.time():
        raise Refused(
            401,
            {
                "error": "invalid_token",
                "error_description": "The access token is missing, expired or revoked.",
            },
            {"WWW-Authenticate": 'Bearer realm="Coupa", error="invalid_token"'},
        )
    area = "invoice" if call.path.split("/")[2:3] == ["invoices"] else "integration"
    scope = f"core.{area}.{'read' if call.method == 'GET' else 'write'}"
    if scope not in known["scopes"]:
        raise Refused(403, {"errors": [f"Access denied: this call needs the scope {scope}"]})


def revoke_tokens(state: CoupaState) -> int:
    """Let every token issued so far be refused from now on; answers how many those were."""
    living = [token for token in state.tokens.values() if not token["revoked"]]
    for token in living:
        _keep(state, {**token, "revoked": True})
    return len(living)


def _keep(state: CoupaState, token: Json) -> None:
    state.tokens[token["jti"]] = token
    state.journal.write("tokens", token["jti"], token)


def _refused(status: int, error: str, description: str) -> Refused:
    return Refused(status, {"error": error, "error_description": description})


def _signed(claims: Json, secret: str) -> str:
    head = _base64(json.dumps({"typ": "JWT", "alg": "HS256"}).encode())
    payload = _base64(json.dumps(claims).encode())
    return f"{head}.{payload}.{_signature(f'{head}.{payload}', secret)}"


def _verified(token: str, secret: str) -> Json | None:
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(signed, secret).encode()):
        return None
    payload = signed.partition(".")[2]
    claims: Json = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def _signature(text: str, secret: str) -> str:
    return _base64(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
