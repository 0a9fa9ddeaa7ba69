"""What the gate is worth: false alarms and power on trainings that differ in their seed alone, and its speed."""
