"""The Lambda entry of the hotel service."""

from functions.hotel.client import HotelClient
from functions.hotel.domain import BookRoom, CancelRoom
from functions.hotel.sandbox import ROOMS, SILENT, HotelSandbox
from functions.hotel.service import HOTEL
from functions.kit.consumer import consumer

hotel = HotelSandbox(ROOMS, SILENT)
client = HotelClient(hotel.send)
handler = consumer(HOTEL, effects={BookRoom: client.book, CancelRoom: client.cancel})
