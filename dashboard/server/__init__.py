"""What a deployed dashboard needs beside its pages: settings, access, headers, health, logs."""
