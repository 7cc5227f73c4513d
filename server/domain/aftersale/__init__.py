"""After the sale: what winners owe and are sent, what is offered to the next bidder, what goes on to another issue."""
