#!/bin/sh
# Stands in for HTCondor's condor_config_val: answers every question with what the test has prepared.
exec cat /opt/condor/bin/answer
