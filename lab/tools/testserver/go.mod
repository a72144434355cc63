module hardway/tools/testserver

go 1.26.0
