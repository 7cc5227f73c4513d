"""What buyers ask for after the sale, in the mall's document."""
