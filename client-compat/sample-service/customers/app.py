"""HTTP in, customers out: status codes live here and nowhere else."""

import uuid

from flask import Flask, make_response, request
from flask import abort as flask_abort
from flask_restful import Api, Resource, abort

from .database import OutcomeUnknown, Unavailable
from .store import BadCursor, Conflict

REQUIRED = ("name", "email")
OPTIONAL = ("phone", "city")
MAX_FIELD_LENGTH = 500
MAX_BODY_BYTES = 64 * 1024
DEFAULT_LIMIT = 100
MAX_LIMIT = 500


def create_app(store):
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    api = Api(app)
    api.add_resource(CustomerList, "/customers", resource_class_args=(store,))
    api.add_resource(Customer, "/customers/<string:customer_id>", resource_class_args=(store,))
    return app


class CustomerList(Resource):
    def __init__(self, store):
        self._store = store

    def get(self):
        limit = _limit(request.args.get("limit"))
        try:
            found, following = _answer(self._store.page, request.args.get("cursor"), limit)
        except BadCursor:
            abort(400, message="cursor: not one of ours")
        return {"customers": [_show(i, fields) for i, fields in found], "next": following}

    def post(self):
        fields = _fields()
        customer_id = _answer(self._store.create, fields)
        return _show(customer_id, fields), 201, {"Location": f"/customers/{customer_id}"}


class Customer(Resource):
    def __init__(self, store):
        self._store = store

    def get(self, customer_id):
        fields = _answer(self._store.get, _known(customer_id))
        if fields is None:
            _not_found(customer_id)
        return _show(customer_id, fields)

    def put(self, customer_id):
        fields = _fields()
        if not _answer(self._store.replace, _known(customer_id), fields):
            _not_found(customer_id)
        return _show(customer_id, fields)

    def delete(self, customer_id):
        if not _answer(self._store.delete, _known(customer_id)):
            _not_found(customer_id)
        return "", 204


def _answer(call, *arguments):
    """Calls the store; its troubles become status codes, never a success."""
    try:
        return call(*arguments)
    except OutcomeUnknown as unknown:
        _unavailable(f"outcome unknown, please check before repeating: {unknown}")
    except Unavailable as away:
        _unavailable(f"database unavailable, please repeat: {away}")
    except Conflict:
        abort(409, message="changed by others at the same time, please repeat")


def _unavailable(text):
    """A ready response: abort(503, message=...) would log a stack trace for each request."""
    flask_abort(make_response({"message": text}, 503))


def _show(customer_id, fields):
    return {"id": customer_id, **fields}


def _known(customer_id):
    """Ids are UUIDs in canonical form; anything else cannot exist."""
    try:
        if str(uuid.UUID(customer_id)) == customer_id:
            return customer_id
    except ValueError:
        pass
    return _not_found(customer_id)


def _not_found(customer_id):
    abort(404, message=f"no customer {customer_id}")


def _fields():
    if not request.is_json:
        abort(415, message="please send application/json")
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        abort(400, message="the body is not a JSON object")
    unknown = sorted(set(body) - set(REQUIRED) - set(OPTIONAL))
    if unknown:
        abort(400, message=f"unknown field {unknown[0]}")
    for field in REQUIRED:
        if field not in body:
            abort(400, message=f"{field}: missing")
    for field, value in body.items():
        if not isinstance(value, str) or not 0 < len(value) <= MAX_FIELD_LENGTH:
            abort(400, message=f"{field}: a text of 1 to {MAX_FIELD_LENGTH} characters, please")
    if "@" not in body["email"]:
        abort(400, message="email: not an address")
    return body


def _limit(text):
    if text is None:
        return DEFAULT_LIMIT
    if not text.isdigit() or not 1 <= int(text) <= MAX_LIMIT:
        abort(400, message=f"limit: 1 to {MAX_LIMIT}, please")
    return int(text)
