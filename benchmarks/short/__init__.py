"""What a short run costs to judge, and a folder of them beside the peers."""
