'''What demo, `up`, `send` and the simulator know of an application. All of it is optional.

A project says it in `scenarios/<name>/scenario.py`, which holds one `Scenario`. This is a whole one:

    """The stories of the trips."""

    from ensemble.scenario import Command, Scenario, Story

    BOOK = Command("BookTrip", "website", {"trip_id": "trip-1", "city": "Lisbon"})
    CANCEL = Command("CancelTrip", "website", {"trip_id": "trip-1"}, after="FlightBooked")

    SCENARIO = Scenario(
        stories=(
            Story("booked", commands=(BOOK,), end=("TripBooked",)),
            Story("cancelled on the way", commands=(BOOK, CANCEL), end=("TripCancelled",), absent=("TripBooked",)),
        ),
    )

- `demo` plays the opening and the stories, and says of each whether it ended as it must.
- `up` and `send` take its commands and examples; without one they are made from the schemas.
- The simulator draws its workload from the commands that services hear, and judges what holds of any application.
  What holds of yours stands in `scenarios/<name>/simulation.py`: see `ensemble.simulator.application`.
'''

from ensemble.scenario.declaration import Command, Scenario, Story, subject
from ensemble.scenario.look import Amount, Look

__all__ = ["Amount", "Command", "Look", "Scenario", "Story", "subject"]
