"""The kit: what makes a table of pure reactions an event-driven service on AWS.

A service is a folder `functions/<name>/` with three files: one decides, one declares, one runs.

    def greet(guest: Guest | None, event: Event) -> Decision:                                # domain.py
        return Decision(Guest("greeted"), publish.GuestGreeted(guest_id=event["guest_id"]))

    HOST = Service(name="host", key="guest_id", state=Guest, reactions=(                     # service.py
        on("GuestArrived", greet, reads=("guest_id",), emits=("GuestGreeted",)),
    ))

    handler = consumer(HOST)                                                                 # handler.py

`model.py` has all that a service is written with, `needs.py` what it may need (settings, secrets, permissions), and
`errors.py` all that can go wrong. The way of one event starts in `consumer.py`, and what it commits leaves by
`publisher.py`.
"""
