"""`replay`: gives stored events again to who opted in, rebuilds a service from nothing, and says what that comes to."""
