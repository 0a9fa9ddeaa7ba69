"""Apart from the house: the torch reference trainer, which makes logs whose faults were caused and checked."""
